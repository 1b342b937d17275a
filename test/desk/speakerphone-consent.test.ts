import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { limits } from '../../src/desk/policy.ts'
import { caller, script } from './script.ts'

const ref = { phoneId: '1', ...caller }
const incoming: Fact = { type: 'call.delivered', ref }
const answered: Fact = { type: 'call.established', ref }
const speaker: Fact = { type: 'phone.audio', path: 'speaker' }
const handset: Fact = { type: 'phone.audio', path: 'handset' }
const tick: Fact = { type: 'tick' }

describe('III.14: the loudspeaker asks for consent', () => {
  test('a cue of three seconds, once a call', () => {
    const desk = script().at(0, incoming).at(2000, answered).at(10_000, speaker).at(15_000, handset).at(20_000, speaker).at(60_000, tick)
    expect(desk.notices('call.speaker-cue')).toEqual([{ at: 10_000, call: 'c1' }])
    expect(desk.lamps().slice(-2)).toEqual([
      [10_000, 'ask-consent'],
      [10_000 + limits.speakerCueMs, 'dark'],
    ])
  })

  test('answered on the loudspeaker, the cue comes with the conversation; before it there is none', () => {
    const desk = script().at(0, incoming).at(1000, speaker).at(1900, tick)
    expect(desk.notices('call.speaker-cue')).toEqual([])
    expect(desk.at(2000, answered).notices('call.speaker-cue')).toEqual([{ at: 2000, call: 'c1' }])
  })

  test('a call found on the phone while the loudspeaker is on gets its cue', () => {
    expect(script().at(0, speaker).at(1000, answered).notices('call.speaker-cue')).toHaveLength(1)
  })

  test('no conversation, no cue: the handset, a held call, an idle phone', () => {
    const desk = script().at(0, speaker).at(1000, { type: 'phone.hook', hook: 'on' }).at(2000, incoming).at(4000, answered, handset)
    desk.at(10_000, { type: 'call.held', ref }).at(11_000, speaker).at(60_000, tick)
    expect(desk.names()).not.toContain('call.speaker-cue')
    desk.at(61_000, { type: 'call.retrieved', ref })
    expect(desk.notices('call.speaker-cue')).toEqual([{ at: 61_000, call: 'c1' }])
  })

  test('the cue goes out with the call', () => {
    const desk = script().at(0, incoming).at(2000, answered).at(10_000, speaker).at(11_000, { type: 'call.cleared', ref, cause: 'unknown' })
    expect(desk.lamps().at(-1)).toEqual([11_000, 'dark'])
  })
})
