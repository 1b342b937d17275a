import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import type { Broker } from '../../src/hub/broker/broker.ts'
import { deskFiles, openBroker, startFrom, type Watch, watch } from './desk-fixture.ts'
import { bootMachine, type VirtualMachine } from './virtual-machine.ts'

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]
/** Monday, 09:00 in Warsaw. */
const monday = Date.parse('2026-11-23T08:00:00Z')
/** What a machine without a battery says when it boots. */
const year1970 = 60_000

type Desk = Awaited<ReturnType<typeof deskFiles>> & { readonly watch: Watch & { end(): Promise<void> }; readonly name: string }

let broker: Broker
let url: string
let desks = 0
let running: RunningAgent | undefined
const ends: (() => Promise<void>)[] = []

beforeAll(async () => {
  const opened = await openBroker()
  broker = opened.broker
  url = opened.url
})
afterEach(async () => {
  await running?.stop('the test ends')
  running = undefined
  for (const end of ends.splice(0)) await end()
})
afterAll(() => broker.stop())

async function createDesk(): Promise<Desk> {
  desks += 1
  const name = `usc-${desks}`
  const files = await deskFiles(name, url)
  const eyes = await watch(url, name)
  ends.push(files.phone.stop, eyes.end)
  return { ...files, watch: eyes, name }
}

async function boot(desk: Desk, machine: VirtualMachine): Promise<RunningAgent> {
  running = await startFrom(desk.configFile, { machine })
  const starts = eventsOf(desk).filter(({ type }) => type === 'third-ring.agent.started').length
  await expect.poll(() => eventsOf(desk).filter(({ type }) => type === 'third-ring.agent.started').length).toBe(starts + 1)
  await expect.poll(() => running?.desk().phone.reachable).toBe(true)
  return running
}

interface WireEvent {
  readonly id: string
  readonly type: string
  readonly sequence: string
  readonly time: string
  readonly clock?: string
  readonly boot?: string
  readonly monotonic?: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Each once, in order. */
function eventsOf({ watch: eyes }: Desk): readonly WireEvent[] {
  return [...new Map((eyes.events() as unknown as WireEvent[]).map((event) => [event.id, event])).values()]
}
const of = (desk: Desk, type: string): WireEvent | undefined => eventsOf(desk).findLast((event) => event.type === `third-ring.${type}`)
const timeOf = (event: WireEvent | undefined): number => Date.parse(event?.time ?? '')

/** What docs/reference/mqtt.md tells a consumer to do: from the first event of the same boot whose time is known. */
function corrected(desk: Desk, event: WireEvent | undefined): number | undefined {
  if (event?.clock === undefined) return timeOf(event)
  const known = eventsOf(desk).find(({ boot, monotonic, clock }) => boot === event.boot && monotonic !== undefined && clock === undefined)
  return known === undefined ? undefined : timeOf(known) - Number(known.monotonic) + Number(event.monotonic)
}

async function toldOf(desk: Desk, type: string): Promise<WireEvent> {
  await expect.poll(() => of(desk, type)).toBeDefined()
  return of(desk, type) as WireEvent
}

async function answerAfter(desk: Desk, machine: VirtualMachine, waitMs: number): Promise<string> {
  const id = desk.phone.ring({ number: '857654321' })
  await expect.poll(() => running?.desk().calls.some(({ state }) => state === 'alerting')).toBe(true)
  machine.pass(waitMs)
  desk.phone.answer(id)
  await expect.poll(() => running?.desk().calls.some(({ state }) => state === 'connected')).toBe(true)
  return id
}

/** A call is promised at that time to the caller the clerk speaks with. */
async function promise(desk: Desk, machine: VirtualMachine, at: number): Promise<void> {
  const promisedAt = new Date(at).toISOString()
  const [call] = running?.desk().calls ?? []
  const body = { id: `p${at}`, expires: machine.wall() + 30 * second, call: call?.id, promisedAt }
  await expect
    .poll(() => {
      desk.watch.publish('command/callback.promise', JSON.stringify(body))
      return running?.desk().callbacks.map(({ promisedAt: agreed }) => agreed)
    })
    .toEqual([at])
}

function expectNoNegativeDuration(desk: Desk): void {
  for (const { type, data } of eventsOf(desk)) {
    const durations = type === 'third-ring.clock.stepped' ? [] : Object.entries(data).filter(([name]) => name.endsWith('Ms'))
    for (const [name, value] of durations) expect(value, `${type}: ${name}`).toBeGreaterThanOrEqual(0)
  }
}

describe('a machine without a clock', () => {
  test('starts in 1970: every duration is right, every event says that its time is not, and by the first that is all can be put right', async () => {
    const desk = await createDesk()
    const machine = bootMachine('boot-a', year1970)
    const bootedAt = monday - machine.monotonicMs()
    await boot(desk, machine)
    await answerAfter(desk, machine, 7100)
    const answered = await toldOf(desk, 'call.answered')
    expect(answered.data).toMatchObject({ waitMs: 7100, rings: 2, inRule: true })
    expect(desk.watch.last('state')).toMatchObject({ clock: 'unsynced' })
    expect(desk.watch.last('day')).toBeUndefined()
    for (const event of eventsOf(desk)) expect(event).toMatchObject({ clock: 'unsynced', boot: 'boot-a', monotonic: expect.stringMatching(/^\d+$/) })
    // Whoever puts two levels or events side by side must find the same boot in all of them.
    expect(desk.watch.last('about')).toMatchObject({ boot: 'boot-a' })
    await expect.poll(() => desk.watch.last('health')).toMatchObject({ boot: 'boot-a' })

    machine.pass(3 * hour)
    machine.set(bootedAt + machine.monotonicMs())
    machine.pass(minute)
    const stepped = await toldOf(desk, 'clock.stepped')
    expect(stepped).toMatchObject({ boot: 'boot-a', data: { byMs: monday - year1970, synced: true } })
    expect(stepped).not.toHaveProperty('clock')
    expect(corrected(desk, answered)).toBe(monday + 7100)
    expect(corrected(desk, of(desk, 'call.alerting'))).toBe(monday)
    expect(corrected(desk, of(desk, 'agent.started'))).toBe(monday)
    // The state is stamped anew: a level says how it is, with the times as they are known now.
    await expect.poll(() => desk.watch.last('state')?.['clock']).toBe('synced')
    expect(desk.watch.last('state')).toMatchObject({ calls: [{ state: 'connected', since: new Date(monday + 7100).toISOString() }] })
    expect(Date.parse(String(desk.watch.last('state')?.['at']))).toBeGreaterThanOrEqual(monday + 3 * hour)
    await expect.poll(() => desk.watch.last('day')).toMatchObject({ date: '2026-11-23' })
    expectNoNegativeDuration(desk)
  })

  test('that was right all the time says so when it is known, so that the times before it are known, too', async () => {
    const desk = await createDesk()
    const machine = bootMachine('boot-a', monday)
    await boot(desk, machine)
    const started = await toldOf(desk, 'agent.started')
    expect(started).toMatchObject({ clock: 'unsynced' })
    machine.set(machine.wall() + 20)
    machine.pass(minute)
    expect((await toldOf(desk, 'clock.stepped')).data).toEqual({ byMs: 20, synced: true })
    expect(corrected(desk, started)).toBe(monday + 20)
  })

  test('boots again after a power cut: what it says first bears no trusted time, and no promise is due until somebody knows what time it is', async () => {
    const desk = await createDesk()
    const before = bootMachine('boot-a', monday, true)
    await boot(desk, before)
    await answerAfter(desk, before, 2000)
    const promisedAt = monday + 5 * hour
    await promise(desk, before, promisedAt)
    await running?.stop('the power goes')
    const after = bootMachine('boot-b', year1970)
    await boot(desk, after)
    expect(of(desk, 'agent.started')).toMatchObject({ clock: 'unsynced', boot: 'boot-b', time: new Date(year1970).toISOString() })
    after.pass(2 * day)
    expect(running?.desk().callbacks).toMatchObject([{ said: {} }])
    after.set(promisedAt - minute)
    after.pass(minute + second)
    expect(timeOf(await toldOf(desk, 'callback.due'))).toBe(promisedAt)
    // The two days were the machine's own, not the office's.
    expect(corrected(desk, of(desk, 'agent.started'))).toBe(promisedAt - minute - 2 * day)
    expectNoNegativeDuration(desk)
  })

  test('comes up three days ahead and is put back: nothing was due in between, and no day was opened that is not', async () => {
    const desk = await createDesk()
    const before = bootMachine('boot-a', monday, true)
    await boot(desk, before)
    await answerAfter(desk, before, 2000)
    const promisedAt = monday + day
    await promise(desk, before, promisedAt)
    await expect.poll(() => desk.watch.last('day')).toMatchObject({ date: '2026-11-23', counts: { answered: 1 } })
    await running?.stop('the power goes')
    // By this clock, were it believed, the time of the promise was two days ago.
    const after = bootMachine('boot-b', monday + 3 * day)
    await boot(desk, after)
    after.pass(hour)
    after.set(monday + 2 * hour)
    after.pass(hour)
    await expect.poll(() => of(desk, 'clock.stepped')?.data).toMatchObject({ byMs: 2 * hour - 3 * day - hour, synced: true })
    expect(of(desk, 'callback.due')).toBeUndefined()
    expect(desk.watch.last('day')).toMatchObject({ date: '2026-11-23', counts: { answered: 1 } })
    expect(desk.watch.last('day/previous')).toBeUndefined()
    after.pass(promisedAt - after.wall())
    expect(timeOf(await toldOf(desk, 'callback.due'))).toBe(promisedAt)
    await expect.poll(() => desk.watch.last('day/previous')).toMatchObject({ date: '2026-11-23', final: true, counts: { answered: 1 } })
    expectNoNegativeDuration(desk)
  })
})

describe('a clock that is stepped', () => {
  test.each([
    ['an hour forwards', hour],
    ['two hours back', -2 * hour],
  ])('%s while a caller rings: rings and waits go on as they were, and the next word bears the new time', async (_, byMs) => {
    const desk = await createDesk()
    const machine = bootMachine('boot-a', monday, true)
    await boot(desk, machine)
    const id = desk.phone.ring({ number: '857654321' })
    await toldOf(desk, 'call.ring')
    machine.pass(4 * second)
    machine.set(machine.wall() + byMs)
    machine.pass(second)
    await expect.poll(() => of(desk, 'call.ring')?.data).toMatchObject({ ring: 2 })
    expect(timeOf(of(desk, 'call.ring'))).toBe(monday + byMs + 5 * second)
    machine.pass(2 * second)
    desk.phone.answer(id)
    expect((await toldOf(desk, 'call.answered')).data).toMatchObject({ waitMs: 7000, rings: 2, inRule: true })
    expect(timeOf(of(desk, 'call.answered'))).toBe(monday + byMs + 7 * second)
    const stepped = eventsOf(desk).filter(({ type }) => type === 'third-ring.clock.stepped')
    expect(stepped.map(({ data }) => data)).toEqual([{ byMs, synced: true }])
    await expect.poll(() => desk.watch.last('state')).toMatchObject({ calls: [{ since: new Date(monday + byMs + 7 * second).toISOString() }] })
    expectNoNegativeDuration(desk)
  })

  test('back over a promise that was near: it is due when the clock says so, once', async () => {
    const desk = await createDesk()
    const machine = bootMachine('boot-a', monday, true)
    await boot(desk, machine)
    await answerAfter(desk, machine, 2000)
    const promisedAt = monday + 2 * hour
    await promise(desk, machine, promisedAt)
    machine.pass(2 * hour - 5 * minute)
    machine.set(monday + hour)
    machine.pass(59 * minute)
    expect(of(desk, 'callback.due')).toBeUndefined()
    machine.pass(2 * minute)
    expect(timeOf(await toldOf(desk, 'callback.due'))).toBe(promisedAt)
    machine.pass(hour)
    expect(eventsOf(desk).filter(({ type }) => type === 'third-ring.callback.due')).toHaveLength(1)
  })

  test('back over midnight: the day that was closed stays closed, and what happens belongs to the new one', async () => {
    const desk = await createDesk()
    const machine = bootMachine('boot-a', Date.parse('2026-11-23T22:59:00Z'), true)
    await boot(desk, machine)
    await answerAfter(desk, machine, 2000)
    machine.pass(2 * minute)
    await expect.poll(() => desk.watch.last('day/previous')).toMatchObject({ date: '2026-11-23', final: true, counts: { answered: 1 } })
    machine.set(machine.wall() - 10 * minute)
    desk.phone.ringsOut(desk.phone.ring({ number: '600700800' }))
    await expect.poll(() => running?.desk().calls.some(({ state }) => state === 'cleared')).toBe(true)
    machine.pass(minute)
    await expect.poll(() => desk.watch.last('day')).toMatchObject({ date: '2026-11-24', counts: { missed: 1 } })
    expect(desk.watch.last('day/previous')).toMatchObject({ date: '2026-11-23', counts: { answered: 1 } })
    machine.pass(10 * minute + day)
    await expect.poll(() => desk.watch.last('day/previous')).toMatchObject({ date: '2026-11-24', counts: { missed: 1 } })
  })
})

describe('the nights on which the clocks change', () => {
  test.each([
    ['spring', '2027-03-27', '2027-03-28', 23],
    ['autumn', '2026-10-24', '2026-10-25', 25],
  ])('%s: the day has its hours, a promise its time of day, and a talk its length', async (_, eve, changed, hours) => {
    const desk = await createDesk()
    const midnight = Date.parse(`${eve}T00:00:00${eve.startsWith('2027') ? '+01:00' : '+02:00'}`)
    const machine = bootMachine('boot-a', midnight + 23 * hour, true)
    await boot(desk, machine)
    const id = await answerAfter(desk, machine, 2000)
    const promisedAt = Date.parse(`${changed}T14:00:00${changed.startsWith('2027') ? '+02:00' : '+01:00'}`)
    await promise(desk, machine, promisedAt)
    // Three hours of talk over the very hour that is left out, or comes twice.
    machine.pass(3.5 * hour)
    desk.phone.remoteHangsUp(id)
    expect((await toldOf(desk, 'call.ended')).data).toMatchObject({ talkMs: 3.5 * hour })
    await expect.poll(() => desk.watch.last('day/previous')).toMatchObject({ date: eve, final: true })
    machine.pass(promisedAt - machine.wall() - second)
    expect(of(desk, 'callback.due')).toBeUndefined()
    machine.pass(second)
    expect(timeOf(await toldOf(desk, 'callback.due'))).toBe(promisedAt)
    machine.pass(midnight + day + hours * hour - machine.wall() - second)
    await expect.poll(() => running?.desk().day).toMatchObject({ date: changed })
    machine.pass(second)
    await expect.poll(() => desk.watch.last('day/previous')).toMatchObject({ date: changed, final: true, observedMs: hours * hour })
    expect(of(desk, 'clock.stepped')).toBeUndefined()
  })
})

describe('the end of the working day', () => {
  test('who has left the phone forwarded and on do not disturb is asked once, also by an agent that starts anew, and the phone is told nothing', async () => {
    const desk = await createDesk()
    const asked = () => eventsOf(desk).filter(({ type }) => type === 'third-ring.day-end.asked')
    const lamp = () => desk.watch.last('state')?.['lamp']
    const closing = monday + 6.5 * hour
    const first = bootMachine('boot-a', closing - 10 * minute, true)
    await boot(desk, first)
    desk.phone.setDnd(true)
    desk.phone.setForwarding('always', '6199')
    await expect.poll(() => running?.desk().phone.dnd).toBe(true)
    await expect.poll(() => running?.desk().forwarding).toMatchObject({ state: 'on', owner: 'foreign' })
    const commands = desk.phone.commands.length
    first.pass(11 * minute)
    expect(await toldOf(desk, 'day-end.asked')).toMatchObject({ time: new Date(closing).toISOString(), data: { dnd: true, kind: 'always' } })
    await expect.poll(lamp).toBe('day-end')
    await running?.stop('the machine starts anew')

    const second = bootMachine('boot-b', closing + 3 * minute, true)
    await boot(desk, second)
    await expect.poll(lamp).toBe('day-end')
    second.pass(hour)
    await expect.poll(lamp).toBe('forwarded')
    expect(asked()).toHaveLength(1)
    expect(desk.phone.forwarding()).toEqual({ always: { target: '6199' } })
    expect(desk.phone.commands.slice(commands).filter(({ request }) => !request.includes('phonecfg=get'))).toEqual([])
  }, 60_000)
})
