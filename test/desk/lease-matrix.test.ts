import { describe, expect, test } from 'vitest'
import { outcomeOf, states, words } from './lease-states.ts'

/**
 * Everything that may be heard of a forwarding, in each state of its lease: the state that it comes to, whether it is a person's from then on, whether a
 * reading will have to say more, and what goes out. The order of the columns is that of `states`.
 */
const matrix: Readonly<Record<keyof typeof words, readonly string[]>> = {
  'the phone says: on, ours': ['held, on', 'held', 'held', 'releasing', 'releasing', 'unknown', 'none, doubt'],
  'a reading: on, ours': ['held, on', 'held', 'held', 'releasing', 'releasing', 'held', 'releasing, undo'],
  'the phone says: on, to another': ['asked, doubt', 'held, doubt', 'none, by hand, foreign, off', 'releasing', 'releasing', 'unknown', 'none, foreign'],
  'a reading: on, to another': [
    'none, by hand, foreign',
    'held, doubt',
    'none, by hand, foreign, off',
    'none, foreign, off',
    'none, foreign, off',
    'none, by hand, foreign, off',
    'none, foreign',
  ],
  'the phone says: on, and not to whom': ['held, doubt, on', 'held, doubt', 'held, doubt, look', 'releasing', 'releasing', 'unknown', 'none, doubt'],
  'a reading: on, and never to whom': ['held, on', 'held', 'held', 'releasing', 'releasing', 'held', 'releasing, undo'],
  'the phone says: off': ['asked, doubt', 'held, doubt', 'none, by hand, off', 'none, off', 'none, off', 'unknown', 'none'],
  'a reading: off': ['asked, doubt', 'held, doubt', 'none, by hand, off', 'none, off', 'none, off', 'none, off', 'none'],
  'the phone says: on, of no kind': ['held, doubt, on', 'held, doubt', 'held, doubt, look', 'releasing', 'releasing', 'unknown', 'none, doubt'],
  'the phone says: off, of no kind': ['asked, doubt', 'held, doubt', 'held, doubt, look', 'none, off', 'none, off', 'unknown', 'none'],
  'the phone says: another kind on': [
    'releasing, by hand, foreign, undo',
    'releasing, by hand, foreign, undo',
    'releasing, by hand, foreign, undo',
    'releasing, foreign',
    'releasing, foreign',
    'releasing, by hand, foreign, undo',
    'none, foreign',
  ],
  'the phone says: another kind off': ['asked', 'held', 'held', 'releasing', 'releasing', 'unknown', 'none'],
  confirmed: ['held, on', 'held', 'held', 'none, off', 'none, off', 'unknown', 'none'],
  sent: ['asked', 'held', 'held', 'releasing', 'releasing', 'unknown', 'none'],
  contradicted: ['releasing, uncovered, unconfirmed, undo', 'held', 'held', 'releasing, unconfirmed', 'releasing', 'unknown', 'none'],
  foreign: ['none, by hand, foreign', 'held', 'held', 'none, foreign, off', 'none, foreign, off', 'unknown', 'none'],
  busy: ['none', 'held', 'held', 'releasing, unconfirmed', 'releasing', 'unknown', 'none'],
  unjournalled: ['none, uncovered, unconfirmed', 'held', 'held', 'releasing, unconfirmed', 'releasing', 'unknown', 'none'],
  refused: ['none, uncovered, unconfirmed', 'held', 'held', 'releasing, unconfirmed', 'releasing', 'unknown', 'none'],
  unsupported: ['none, uncovered, unconfirmed', 'held', 'held', 'releasing, unconfirmed', 'releasing', 'unknown', 'none'],
  unreachable: ['releasing, uncovered, unconfirmed, undo', 'held', 'held', 'releasing, unconfirmed', 'releasing', 'unknown', 'none'],
  'the answer to an earlier order': ['asked', 'held', 'held', 'releasing', 'releasing', 'unknown', 'none'],
  'read, and nothing was said of it': ['asked', 'held', 'held', 'releasing', 'releasing', 'unknown', 'none'],
  'not read': ['asked', 'held', 'held', 'releasing', 'releasing', 'unknown', 'none'],
  'the phone restarts': ['unknown, look', 'unknown, look', 'unknown, look', 'releasing, undo', 'releasing, undo', 'unknown, look', 'none'],
  'the agent restarts': ['releasing, undo', 'releasing, undo', 'releasing, undo', 'releasing, undo', 'releasing, undo', 'releasing, undo', 'none'],
  'the phone is back': ['asked', 'held', 'held', 'releasing, undo', 'releasing, undo', 'unknown', 'none'],
  'the seat is taken': ['releasing, undo', 'releasing, undo', 'releasing, undo', 'releasing', 'releasing', 'releasing, undo', 'none'],
  'the seat is not known': ['releasing, undo', 'releasing, undo', 'releasing, undo', 'releasing', 'releasing', 'releasing, undo', 'none'],
  'the substitute leaves': ['releasing, undo', 'releasing, undo', 'releasing, undo', 'releasing', 'releasing', 'releasing, undo', 'none'],
  evacuation: ['releasing, uncovered, undo', 'releasing, undo', 'releasing, undo', 'releasing', 'releasing', 'releasing, uncovered, undo', 'none'],
  'the agent stops': ['releasing, undo', 'releasing, undo', 'releasing, undo', 'releasing', 'releasing', 'releasing, undo', 'none'],
}

describe('the lease', () => {
  const columns = Object.keys(states) as (keyof typeof states)[]
  const cells = Object.entries(matrix).flatMap(([word, outcomes]) =>
    columns.map((state, index) => [state, word as keyof typeof words, outcomes[index]] as const),
  )

  test.each(cells)('%s; %s: %s', (state, word, outcome) => {
    expect(outcomeOf(state, word)).toBe(outcome)
  })

  test('in a leave the agent restarts, and whatever was not to be undone is read', () => {
    const leased = columns.filter((state) => !state.startsWith('none'))
    const outcomes = leased.map((state) => outcomeOf(state, 'the agent restarts', { type: 'command.absence', on: true, kind: 'leave' }))
    expect(outcomes).toEqual([...Array(3).fill('unknown, look'), ...Array(2).fill('releasing, uncovered, undo'), 'unknown, look'])
  })

  test('the matrix has every word in every state', () => {
    expect(Object.keys(matrix)).toEqual(Object.keys(words))
    for (const outcomes of Object.values(matrix)) expect(outcomes).toHaveLength(columns.length)
  })

  test('no word of the phone brings out an order to set', () => {
    for (const [, word, outcome] of cells) {
      if (word.startsWith('the phone says') || word.startsWith('a reading')) expect(outcome).not.toContain('order')
    }
  })
})
