import assert from 'node:assert/strict'
import type { DeskPhone } from '../../src/simulator/clerk.ts'
import type { Diversion, EmulatedCall } from '../../src/simulator/phones/index.ts'

type State = EmulatedCall['state']

/** A telephone on paper: it keeps its calls, writes down what is done with it, and fails the test on anything that cannot be done. */
export interface PaperPhone extends DeskPhone {
  /** It sends a ringing call on. */
  divert(id: string, target: string, number?: string): void
  /** What the phone does by itself, or its agent with it: not anybody at the desk. */
  set(id: string, state: State | 'gone'): void
}

export function createPaperPhone(write: (what: string) => void): PaperPhone {
  const calls = new Map<string, State>()
  const directions = new Map<string, 'in' | 'out'>()
  let next = 1
  const open = (state: State, what: string): string => {
    const id = String(next++)
    calls.set(id, state)
    directions.set(id, state === 'initiated' ? 'out' : 'in')
    write(`${what} = ${id}`)
    return id
  }
  const move = (verb: string, from: readonly State[], to: State | 'gone') => (id: string) => {
    const state = calls.get(id)
    assert(state !== undefined && from.includes(state), `${verb} of call ${id}, which is ${state ?? 'gone'}`)
    write(`${verb} ${id}`)
    set(id, to)
  }
  const set: PaperPhone['set'] = (id, state) => void (state === 'gone' ? calls.delete(id) : calls.set(id, state))
  const listeners = new Set<(diversion: Diversion) => void>()
  return {
    set,
    onDiverted: (listener) => void listeners.add(listener),
    divert(id, target, number) {
      move(`sends on to ${target}: call`, ['alerting'], 'gone')(id)
      for (const listener of listeners) listener({ id, kind: 'no-answer', target, ...(number === undefined ? {} : { number }) })
    },
    ring: ({ number }) => open('alerting', `ring from ${number ?? 'nobody known'}`),
    dial: (number) => open('initiated', `dial ${number}`),
    callerGivesUp: move('caller gives up', ['alerting'], 'gone'),
    answer: move('answer', ['alerting'], 'connected'),
    remoteAnswers: move('remote answers', ['initiated'], 'connected'),
    remoteBusy: move('remote busy', ['initiated'], 'gone'),
    hold: move('hold', ['connected'], 'held'),
    resume: move('resume', ['held'], 'connected'),
    hangUp: move('hang up', ['connected', 'held', 'initiated'], 'gone'),
    remoteHangsUp: move('remote hangs up', ['connected', 'held'], 'gone'),
    putDownHandset: () => write('put down'),
    calls: () => [...calls].map(([id, state]) => ({ id, state, direction: directions.get(id) ?? 'in' })),
  }
}
