import type { Call } from '../call.ts'
import type { Desk } from '../desk.ts'
import { type Effect, type LampPattern, notice } from '../effect.ts'
import { limits } from '../policy.ts'
import { ahead, earliest, type Instant } from '../time.ts'
import type { Rule } from './rule.ts'

/** A cue, once a call, when the loudspeaker comes on in a conversation. Whether consent was asked is between two people; nothing is recorded of it. */
export const speakerphoneConsent: Rule = {
  name: 'speakerphone-consent',
  clause: 'III.14',
  sentence: 'If you intend to talk on the loudspeaker, always ask the interlocutor for consent.',

  judge(before: Desk, after: Desk): readonly Effect[] {
    return after.calls
      .filter((call) => call.speakerAt !== undefined && before.calls.find(({ id }) => id === call.id)?.speakerAt === undefined)
      .map((call) => notice('call.speaker-cue', { call: call.id }))
  },

  due(desk: Desk): Instant | undefined {
    return earliest(desk.calls.map((call) => ahead(cueEnds(call), desk.at)))
  },

  lamp(desk: Desk): LampPattern | undefined {
    return desk.calls.some((call) => call.state === 'connected' && desk.at < (cueEnds(call) ?? desk.at)) ? 'ask-consent' : undefined
  },
}

function cueEnds(call: Call): Instant | undefined {
  return call.speakerAt === undefined ? undefined : call.speakerAt + limits.speakerCueMs
}
