import { expect, test } from 'vitest'
import { unserved } from '../../../src/agent/composition/unserved.ts'
import type { AgentConfig } from '../../../src/config/config.ts'

test('on a broker that keeps nothing it is said that nobody is forwarded', () => {
  const config = (profile: 'full' | 'events') =>
    ({ broker: { profile }, homeAssistant: { discovery: false }, phone: { vendor: 'yealink' }, forwarding: {} }) as unknown as AgentConfig
  expect(unserved(config('full'))).toEqual([])
  expect(unserved(config('events'))).toEqual([expect.stringContaining('no calls are forwarded to a substitute')])
})

test('of a desk that the exchange would forward it is said where there is no code for it, or nothing could be read back', () => {
  const both = { forwardOn: '*72', forwardOff: '*73', forwardNoAnswerOn: '*92', forwardNoAnswerOff: '*93' }
  const said = (sip: object, policy: object = {}) =>
    unserved({
      ...{ broker: { profile: 'full' }, homeAssistant: {}, phone: { vendor: 'yealink' }, forwarding: { by: 'exchange' } },
      ...{ sip, policy },
    } as unknown as AgentConfig)
  expect(said(both)).toEqual([])
  expect(said({ ...both, forwardHint: '*96101' })).toEqual([expect.stringMatching(/^policy\.forwardKind: is no-answer/)])
  expect(said({ ...both, forwardHint: '*96101' }, { forwardKind: 'always' })).toEqual([])
  const every = { forwardOn: '*72', forwardOff: '*73' }
  expect(said(every)).toEqual(['policy.forwardKind: is no-answer, and sip has the code for every call alone (sip.forwardOn): no calls are forwarded'])
  expect(said(every, { forwardKind: 'always' })).toEqual([])
  expect(said({ forwardNoAnswerOn: '*92', forwardNoAnswerOff: '*93', forwardHint: '*97101' })).toEqual([])
})
