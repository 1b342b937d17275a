import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCallBook } from '../../src/phones/yealink/call-book.ts'
import { firmwareGeneration, type HoldQuestion, planHold, preferredForm, usableId } from '../../src/phones/yealink/hold-plan.ts'

const nothingKnown: HoldQuestion['book'] = { isHeld: () => false, othersTalk: () => false, unsettled: () => undefined, didNothing: () => false }

describe('which form is preferred', () => {
  test.each([
    [undefined, undefined, 'by-id'],
    [undefined, '28.80.0.15', 'key'],
    [undefined, '28.81.0.25', 'by-id'],
    [undefined, '108.86.0.20', 'by-id'],
    [undefined, '2.71.14.4', 'key'],
    [undefined, 'nonsense', 'by-id'],
    ['key', '108.86.0.20', 'key'],
    ['by-id', '28.72.0.1', 'by-id'],
    ['something else', '28.72.0.1', 'key'],
  ])('remembered %s, firmware %s: %s', (remembered, firmware, form) => {
    expect(preferredForm(remembered, firmware)).toBe(form)
  })

  test.each([
    ['66.81.0.25', 81],
    ['2.71.14.4', 71],
    ['', undefined],
    ['81', undefined],
    [undefined, undefined],
  ])('firmware %s is generation %s', (firmware, generation) => {
    expect(firmwareGeneration(firmware)).toBe(generation)
  })
})

test.each(['1;Reboot', '1 2', '1&x', '%3B', '', undefined, 'ż'])('an id like %j cannot press further keys', (id) => {
  expect(usableId(id)).toBeUndefined()
  expect(planHold({ phoneId: id, attempt: 1, preferred: 'by-id', book: nothingKnown })).toEqual({ form: 'key' })
})

describe('what is done', () => {
  const ask: HoldQuestion = { phoneId: '1', attempt: 1, preferred: 'by-id', book: nothingKnown }
  const rows: readonly (readonly [name: string, question: HoldQuestion, plan: ReturnType<typeof planHold>])[] = [
    ['by id first', ask, { form: 'by-id' }],
    ['by id again', { ...ask, attempt: 2, book: { ...nothingKnown, unsettled: () => 'by-id' } }, { form: 'by-id' }],
    ['held already', { ...ask, book: { ...nothingKnown, isHeld: () => true } }, { outcome: 'already-held' }],
    ['the key first', { ...ask, preferred: 'key' }, { form: 'key' }],
    ['no key twice', { ...ask, preferred: 'key', attempt: 2 }, { outcome: 'unsafe' }],
    [
      'no key after a key, whatever the attempt is called',
      { ...ask, preferred: 'key', book: { ...nothingKnown, unsettled: () => 'key' } },
      { outcome: 'unsafe' },
    ],
    ['no key where an id may have worked', { ...ask, preferred: 'key', book: { ...nothingKnown, unsettled: () => 'by-id' } }, { form: 'by-id' }],
    ['no key while another call talks', { ...ask, preferred: 'key', book: { ...nothingKnown, othersTalk: () => true } }, { outcome: 'unsafe' }],
    ['a second key where the first did nothing', { ...ask, preferred: 'key', attempt: 2, book: { ...nothingKnown, didNothing: () => true } }, { form: 'key' }],
  ]
  test.each(rows)('%s', (_name, question, expected) => {
    expect(planHold(question)).toEqual(expected)
  })
})

/**
 * A phone on paper that does what it is told, or does not and says the same; its words get lost, and come twice. Whatever happens, no command of ours
 * ever takes a call off hold. The clerk may.
 */
test('no command ever resumes a call, whatever is lost and whoever presses what', () => {
  type Step =
    | { readonly do: 'hold'; readonly attempt: 1 | 2; readonly answer: 'heard' | 'lost' | 'declined' | 'error' }
    | { readonly do: 'clerk' | 'lie' | 'forget' | 'ring' | 'other' | 'echo' }
  const step = fc.oneof(
    fc.record({
      do: fc.constant('hold' as const),
      attempt: fc.constantFrom(1 as const, 2 as const),
      answer: fc.constantFrom('heard' as const, 'lost' as const, 'declined' as const, 'error' as const),
    }),
    fc.record({ do: fc.constantFrom('clerk' as const, 'lie' as const, 'forget' as const, 'ring' as const, 'other' as const, 'echo' as const) }),
  )
  const story = fc.record({
    steps: fc.array(fc.tuple(step, fc.constantFrom(0, 1, 2)), { maxLength: 25 }),
    knowsIds: fc.boolean(),
    named: fc.boolean(),
    firmware: fc.constantFrom(undefined, '28.72.0.1', '66.81.0.25', '108.86.0.20'),
  })
  fc.assert(
    fc.property(story, ({ steps, knowsIds, named, firmware }) => {
      const book = createCallBook(16, 5000)
      let remembered: string | undefined
      let now = 0
      let held = false
      let lies = false
      const phoneId = named ? '1' : undefined
      // The phone's word, as often as it arrives.
      const say = (type: 'call.held' | 'call.retrieved', times: number): void => {
        for (let time = 0; time < times; time += 1) remembered = book.note({ type, ref: named ? { phoneId: '1' } : {} }, now) ?? remembered
      }
      book.note({ type: 'call.established', ref: named ? { phoneId: '1' } : {} }, now)
      for (const [what, arrives] of steps as readonly (readonly [Step, number])[]) {
        now += 1500
        if (what.do === 'lie') lies = !lies
        if (what.do === 'ring') book.note({ type: 'call.delivered', ref: { phoneId: '2' } }, now)
        if (what.do === 'other') book.note({ type: arrives === 0 ? 'call.cleared' : 'call.established', ref: { phoneId: '2' }, cause: 'unknown' } as never, now)
        // The phone's word that the call was answered comes once more, late.
        if (what.do === 'echo') book.note({ type: 'call.established', ref: named ? { phoneId: '1' } : {} }, now)
        if (what.do === 'forget') remembered = remembered === 'key' ? 'by-id' : 'key'
        if (what.do === 'clerk') {
          held = !held
          // The clerk's own press may go unheard on its way to hold. If it were the way back that is lost, we would only be too careful.
          say(held ? 'call.held' : 'call.retrieved', held ? Math.max(1, arrives) : arrives)
        }
        if (what.do !== 'hold') continue
        const plan = planHold({ phoneId, attempt: what.attempt, preferred: preferredForm(remembered, firmware), book })
        if ('outcome' in plan) continue
        const before = held
        const undo = book.sending(phoneId, plan.form, now)
        const declined = what.answer === 'declined' || (plan.form === 'by-id' && !knowsIds && what.answer === 'heard' && !lies)
        if (declined) undo()
        else if (!lies && (plan.form === 'key' || knowsIds)) held = plan.form === 'by-id' ? true : !held
        expect({ before, after: held, resumed: before && !held }).toMatchObject({ resumed: false })
        if (held && !before) say('call.held', what.answer === 'heard' ? arrives : 0)
      }
    }),
    { numRuns: 3000 },
  )
})
