import { describe, expect, test } from 'vitest'
import type { Habit } from '../../src/simulator/clerk.ts'
import { createOffice, type Office } from '../../src/simulator/office.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { createPaperPhone, type PaperPhone } from './paper-phone.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

const minute = 60_000

describe('a call that a telephone sends on', () => {
  test('rings at the desk with that number, for the same caller, and the clerk there answers', () => {
    const { phones, lines, office, clock } = openOffice('absent', 'answers')
    office.perform('absent', 'call')
    phones.absent.divert('1', '6012', '+48855550142')
    expect(lines.at(-1)).toBe('answers: ring from +48855550142 = 1')
    clock.pass(30_000)
    expect(lines).toContain('answers: answer 1')
    clock.pass(5 * minute)
    expect(phones.answers.calls().some(({ id }) => id === '1')).toBe(false)
  })

  test('during another call rings on, and is answered as soon as that is over', () => {
    const talks = ({ phones }: ReturnType<typeof openOffice>): boolean => phones.answers.calls().some(({ state }) => state === 'connected')
    const first = openOffice('absent', 'answers')
    let seconds = 0
    for (let began = false; !began || talks(first); seconds += 1) {
      began ||= talks(first)
      first.clock.pass(1000)
    }
    // The same again, and this time another caller comes a few seconds before that end.
    const { phones, lines, office, clock } = openOffice('absent', 'answers')
    clock.pass((seconds - 5) * 1000)
    office.perform('absent', 'call')
    phones.absent.divert(phones.absent.calls().at(-1)?.id ?? '', '6012', '+48855550142')
    const [, id] = /^answers: ring from \+48855550142 = (\d+)$/.exec(lines.at(-1) ?? '') ?? []
    expect(phones.answers.calls().map(({ state }) => state)).toEqual(['connected', 'alerting'])
    clock.pass(30_000)
    expect(lines).toContain(`answers: answer ${id}`)
  })

  test('of somebody who cannot be seen stays so', () => {
    const { phones, lines, office } = openOffice('absent', 'answers')
    office.perform('absent', 'call', { withheld: true })
    phones.absent.divert('1', '6012')
    expect(lines.at(-1)).toBe('answers: ring from nobody known = 1')
  })

  test('that the clerk there cannot take is given up after a while, and the caller is owed a call there', () => {
    const { phones, lines, office, clock } = openOffice('absent', 'answers')
    office.perform('answers', 'stand-up')
    office.perform('absent', 'call')
    phones.absent.divert('1', '6012', '+48855550142')
    clock.pass(11_000)
    expect(phones.answers.calls()).toHaveLength(1)
    clock.pass(12_000)
    expect(lines).toContain('answers: caller gives up 1')
    office.perform('answers', 'sit-down')
    expect(office.perform('answers', 'call-back')).toEqual({ ok: true })
  })

  test('finds both lines taken, and is lost: no telephone rings', () => {
    const { phones, lines, office } = openOffice('absent', 'answers')
    for (const _ of [1, 2]) office.perform('answers', 'call')
    office.perform('absent', 'call')
    const before = lines.length
    phones.absent.divert('1', '6012', '+48855550142')
    expect(lines.slice(before)).toEqual(['absent: sends on to 6012: call 1'])
  })

  test('to a number that is no desk of ours disturbs nobody', () => {
    const { phones, lines, office } = openOffice('absent', 'answers')
    office.perform('absent', 'call')
    const before = lines.length
    phones.absent.divert('1', '6000', '+48855550142')
    expect(lines.slice(before)).toEqual(['absent: sends on to 6000: call 1'])
  })

  test('leaves the desk to a visitor who has it', () => {
    const { phones, lines, office, clock } = openOffice('absent', 'answers')
    office.perform('answers', 'call')
    office.perform('answers', 'give-up')
    office.perform('absent', 'call')
    phones.absent.divert('1', '6012', '+48855550142')
    clock.pass(10_000)
    expect(lines.some((line) => line.startsWith('answers: answer'))).toBe(false)
    expect(office.perform('answers', 'answer')).toEqual({ ok: true })
  })
})

describe('a visitor and the helper', () => {
  test('kills it where it can be killed, starts it again, and takes the desk from nobody', () => {
    const { office, did, lines, clock } = openOffice('absent', 'answers')
    expect(office.perform('absent', 'start-agent')).toEqual({ ok: false, error: 'The helper runs already.' })
    expect(office.perform('absent', 'kill-agent')).toEqual({ ok: true })
    expect(office.perform('absent', 'kill-agent')).toEqual({ ok: false, error: 'The helper is dead already.' })
    expect(office.perform('absent', 'start-agent')).toEqual({ ok: true })
    expect(did).toEqual(['kill', 'start'])
    expect(office.perform('answers', 'kill-agent').ok).toBe(false)
    const before = lines.length
    clock.pass(3 * minute)
    expect(lines.slice(before).filter((line) => line.startsWith('absent: ring')).length).toBeGreaterThan(1)
  })
})

interface Opened {
  office: Office
  clock: VirtualClock
  lines: string[]
  phones: Record<'absent' | 'answers', PaperPhone>
  did: string[]
}

/** An absent clerk, whose helper can be killed, and one who answers. */
function openOffice(...habits: readonly ['absent', 'answers']): Opened {
  const clock = createVirtualClock()
  const lines: string[] = []
  const did: string[] = []
  const phoneOf = (habit: Habit): PaperPhone => createPaperPhone((what) => void lines.push(`${habit}: ${what}`))
  const phones = { absent: phoneOf('absent'), answers: phoneOf('answers') }
  let running = true
  const helper = {
    running: () => running,
    kill() {
      running = false
      did.push('kill')
    },
    start() {
      running = true
      did.push('start')
    },
  }
  const numbers = { absent: '6207', answers: '6012' }
  const desks = habits.map((id) => ({ id, habit: id, number: numbers[id], phone: phones[id], seat: () => {}, ...(id === 'absent' ? { helper } : {}) }))
  const office = createOffice({ desks, random: createRandom(3), clock, speed: () => 1 })
  office.start()
  return { office, clock, lines, phones, did }
}
