import { describe, expect, test } from 'vitest'
import type { ReceivedCommand } from '../../src/agent/ports.ts'
import { commandErrors } from '../../src/mqtt/command-errors.ts'
import { linkLimits } from '../../src/mqtt/limits.ts'
import { createCommandDoor } from '../../src/mqtt/link/command-door.ts'
import { createCommandMemory, takenBefore } from '../../src/mqtt/link/command-memory.ts'
import { base, now, startBroker, startLink } from './fixture.ts'

function door() {
  const clock = { instant: 0, wall: now }
  const judging = createCommandDoor(createCommandMemory(linkLimits), { now: () => clock.instant, wall: () => clock.wall }, linkLimits)
  const judge = (name: string, body: unknown, retained = false) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return judging.judge(name, Buffer.from(text), retained)
  }
  const errorOf = (name: string, body: unknown) => {
    const verdict = judge(name, body)
    return verdict.type === 'refuse' ? verdict.error.code : verdict.type
  }
  return { clock, judge, errorOf, judging }
}

const soon = new Date(now + 5000).toISOString()

describe('a command is taken', () => {
  test('with its expiry as ISO 8601 or as milliseconds', () => {
    const { judge } = door()
    expect(judge('hold', { id: 'a', expires: soon, call: 'c7' })).toEqual({ type: 'take', id: 'a', name: 'hold', body: { call: 'c7' } })
    expect(judge('hold', { id: 'b', expires: now + 1, further: 'field' })).toEqual({ type: 'take', id: 'b', name: 'hold', body: {} })
    expect(judge('hold', { id: 'd', expires: now + linkLimits.commandLifeMaxMs })).toMatchObject({ type: 'take' })
    expect(judge('identify', { id: 'c', expires: '2026-11-23T10:00:03+01:00' })).toMatchObject({ type: 'take' })
  })
})

describe('a sequence of a replay', () => {
  test('is a number, or as events have it', () => {
    const { judge, errorOf } = door()
    const replay = (id: string, from: unknown) => ({ id, expires: soon, epoch: 'e', from, to: 4711 })
    expect(judge('replay', replay('a', '000000000007'))).toMatchObject({ type: 'take', body: { epoch: 'e', from: '000000000007', to: 4711 } })
    for (const from of ['000000000000', '0x7', '', '7.5', '1234567890123', null]) expect(errorOf('replay', replay('b', from))).toBe('BAD_BODY')
  })
})

describe('a command is refused', () => {
  test.each([
    ['hold', 'not json', 'BAD_BODY'],
    ['hold', '[]', 'BAD_BODY'],
    ['hold', 'null', 'BAD_BODY'],
    ['hold', '"text"', 'BAD_BODY'],
    ['hold', { expires: soon }, 'BAD_BODY'],
    ['hold', { id: '', expires: soon }, 'BAD_BODY'],
    ['hold', { id: 5, expires: soon }, 'BAD_BODY'],
    ['hold', { id: 'x'.repeat(65), expires: soon }, 'BAD_BODY'],
    ['hold', { id: 'a' }, 'BAD_BODY'],
    ['hold', { id: 'a', expires: 'tomorrow' }, 'BAD_BODY'],
    ['hold', { id: 'a', expires: '2026-13-45T00:00:00Z' }, 'BAD_BODY'],
    ['hold', { id: 'a', expires: null }, 'BAD_BODY'],
    ['hold', { id: 'a', expires: 1e300 }, 'BAD_BODY'],
    ['hold', { id: 'a', expires: soon, call: 7 }, 'BAD_BODY'],
    ['callback.done', { id: 'a', expires: soon }, 'BAD_BODY'],
    ['hold', { id: 'a', expires: now }, 'EXPIRED'],
    ['hold', { id: 'a', expires: now - 1 }, 'EXPIRED'],
    ['hold', { id: 'a', expires: 0 }, 'EXPIRED'],
    ['hold', { id: 'a', expires: now + linkLimits.commandLifeMaxMs + 1 }, 'EXPIRES_TOO_LATE'],
    ['reboot', { id: 'a', expires: soon }, 'UNKNOWN_COMMAND'],
    ['hold/now', { id: 'a', expires: soon }, 'UNKNOWN_COMMAND'],
    ['constructor', { id: 'a', expires: soon }, 'UNKNOWN_COMMAND'],
    ['forward.set', { id: 'a', expires: soon, target: '+48 600' }, 'BAD_BODY'],
    ['absence.set', { id: 'a', expires: soon, kind: 'holiday' }, 'BAD_BODY'],
    ['callback.accept', { id: 'a', expires: soon, from: 'usc-14', cause: 'promise' }, 'BAD_BODY'],
    ['callback.accept', { id: 'a', expires: soon, from: 'usc-14', callback: 'b1', cause: 'because' }, 'BAD_BODY'],
    ['replay', { id: 'a', expires: soon, epoch: 'e', from: 0, to: 2 }, 'BAD_BODY'],
    ['replay', { id: 'a', expires: soon, epoch: 'e', from: 1.5, to: 2 }, 'BAD_BODY'],
    ['replay', { id: 'a', expires: soon, from: 1, to: 2 }, 'BAD_BODY'],
    ['hold', { id: 'a', expires: soon, padding: 'x'.repeat(4096) }, 'TOO_LARGE'],
  ])('%s %j: %s', (name, body, code) => {
    expect(door().errorOf(name, body)).toBe(code)
  })

  test('when it comes again, for as long as it is valid and after', () => {
    const { errorOf, clock } = door()
    expect(errorOf('hold', { id: 'a', expires: soon })).toBe('take')
    expect(errorOf('hold', { id: 'a', expires: soon })).toBe('REPEATED')
    expect(errorOf('identify', { id: 'a', expires: soon })).toBe('REPEATED')
    clock.wall += 4999
    expect(errorOf('hold', { id: 'a', expires: soon })).toBe('REPEATED')
    clock.wall += 1
    expect(errorOf('hold', { id: 'a', expires: soon })).toBe('EXPIRED')
  })

  test('a refused one may be put right under the same id', () => {
    const { errorOf } = door()
    expect(errorOf('callback.done', { id: 'a', expires: soon })).toBe('BAD_BODY')
    expect(errorOf('callback.done', { id: 'a', expires: soon, callback: 'b1' })).toBe('take')
  })

  test('when there are too many, until time has passed', () => {
    const { errorOf, clock } = door()
    const outcomes = Array.from({ length: linkLimits.commandBurst + 10 }, (_, index) => errorOf('identify', { id: `n${index}`, expires: soon }))
    expect(outcomes.filter((outcome) => outcome === 'take')).toHaveLength(linkLimits.commandBurst)
    expect(outcomes.at(-1)).toBe('TOO_MANY')
    clock.instant += 5000
    expect(
      Array.from({ length: 20 }, (_, index) => errorOf('identify', { id: `m${index}`, expires: soon })).filter((outcome) => outcome === 'take'),
    ).toHaveLength(5 * linkLimits.commandsPerSecond)
  })

  test('the answer names the clocks where they may be the reason', () => {
    const verdict = door().judge('hold', { id: 'a', expires: now - 3_600_000 })
    expect(verdict).toMatchObject({
      error: { message: expect.stringContaining('2026-11-23T08:00:00.000Z, and the clock of this desk says 2026-11-23T09:00:00.000Z') as string },
    })
  })
})

describe('a command is ignored', () => {
  test('when it is retained, or takes a retained one back; both are counted', () => {
    const { judge, judging } = door()
    expect(judge('hold', { id: 'a', expires: soon }, true)).toEqual({ type: 'ignore' })
    expect(judge('hold', '')).toEqual({ type: 'ignore' })
    expect(judge('hold', { id: 'a', expires: soon })).toMatchObject({ type: 'take' })
    expect(judging.counters()).toEqual({ taken: 1, refused: 0, ignored: 2 })
  })
})

describe('over the broker', () => {
  const expires = () => now + 5000

  test('a command reaches the desk and its answer the desk’s reply topic', async () => {
    const broker = await startBroker()
    const received: ReceivedCommand[] = []
    const link = startLink(broker.url, { onCommand: (command) => received.push(command) })
    await expect.poll(() => link.announced()).toBe(1)
    await broker.publish(`${base}/command/hold`, JSON.stringify({ id: 'q1', expires: expires(), call: 'c1' }))
    await expect.poll(() => received).toHaveLength(1)
    expect(received[0]).toMatchObject({ id: 'q1', name: 'hold', body: { call: 'c1' } })
    received[0]?.answer({ ok: true, data: { held: 'c1' } })
    received[0]?.answer({ ok: false })
    await expect.poll(() => broker.on(`${base}/reply`)).toEqual(['{"id":"q1","ok":true,"data":{"held":"c1"}}'])
  })

  test('a refused one is answered with its code and a sentence', async () => {
    const broker = await startBroker()
    const received: ReceivedCommand[] = []
    const link = startLink(broker.url, { onCommand: (command) => received.push(command) })
    await expect.poll(() => link.announced()).toBe(1)
    await broker.publish(`${base}/command/reboot`, JSON.stringify({ id: 'q1', expires: expires() }))
    await broker.publish(`${base}/command/hold`, 'nonsense')
    await expect.poll(() => broker.on(`${base}/reply`)).toHaveLength(2)
    const [unknown, bad] = broker.on(`${base}/reply`).map((text) => JSON.parse(text) as { id: string | null; error: { code: string; message: string } })
    expect(unknown).toEqual({ id: 'q1', ok: false, error: { code: 'UNKNOWN_COMMAND', message: commandErrors.UNKNOWN_COMMAND } })
    expect(bad).toMatchObject({ id: null, error: { code: 'BAD_BODY' } })
    expect(received).toEqual([])
    expect(link.counters()).toMatchObject({ commandsTaken: 0, commandsRefused: 2 })
  })

  test('a command that the broker has kept from before is a ghost: no answer, no effect, counted', async () => {
    const broker = await startBroker()
    await broker.publish(`${base}/command/hold`, JSON.stringify({ id: 'ghost', expires: expires() }), { retain: true })
    const received: ReceivedCommand[] = []
    const link = startLink(broker.url, { onCommand: (command) => received.push(command) })
    await expect.poll(() => link.counters().commandsIgnored).toBe(1)
    await broker.publish(`${base}/command/hold`, JSON.stringify({ id: 'real', expires: expires() }))
    await expect.poll(() => received.map(({ id }) => id)).toEqual(['real'])
    expect(broker.on(`${base}/reply`)).toEqual([])
  })
})

describe('the memory of commands', () => {
  const soonWall = now + 5000

  test('knows an id for as long as there is room, however the clock is put back', () => {
    const memory = createCommandMemory({ ...linkLimits, commandIdsMax: 3 })
    expect(memory.takes('a', soonWall, now)).toBe(true)
    expect(memory.takes('a', soonWall + 60_000, now + 60_000)).toBe(false)
    expect(memory.takes('a', soonWall, now)).toBe(false)
    for (const id of ['b', 'c']) expect(memory.takes(id, soonWall, now)).toBe(true)
    // Full of ids that are valid: nothing new is believed to be new. Of those that have expired the oldest goes.
    expect(memory.takes('d', soonWall, now)).toBe(false)
    expect(memory.takes('d', soonWall + 60_000, soonWall)).toBe(true)
    expect(memory.takes('b', soonWall + 60_000, soonWall)).toBe(false)
  })

  test('is found again in the events of the desk: what was taken, not what was turned down at the door', async () => {
    const eventOf = (name: string, data: object) => JSON.stringify({ type: `third-ring.command.${name}`, data })
    const jsons = [
      eventOf('obeyed', { command: 'hold', id: 'obeyed' }),
      eventOf('refused', { command: 'hold', id: 'no call', code: 'NO_CALL' }),
      eventOf('refused', { command: 'hold', id: 'bad', code: 'BAD_BODY' }),
      eventOf('refused', { command: 'hold', id: 'again', code: 'REPEATED' }),
      eventOf('refused', { command: 'unknown', code: 'TOO_LARGE' }),
      '{"type":"third-ring.call.ring","data":{"id":"a call"}}',
      '"third-ring.command.',
    ]
    const events = jsons.map((json, index) => ({ position: index + 1, sequence: index + 1, wall: now, json }))
    const store = {
      epoch: 'e',
      lastSequence: jsons.length,
      eventsOf: async (_epoch: string, from: number, limit: number) => events.slice(from - 1, from - 1 + limit),
    }
    expect(await takenBefore(store, linkLimits)).toEqual([
      { id: 'obeyed', until: now + linkLimits.commandLifeMaxMs },
      { id: 'no call', until: now + linkLimits.commandLifeMaxMs },
    ])
    const memory = createCommandMemory(linkLimits)
    memory.recall(await takenBefore(store, linkLimits))
    expect(['obeyed', 'no call', 'bad', 'new'].map((id) => memory.takes(id, soonWall, now))).toEqual([false, false, true, true])
  })
})

describe('what became of a command is told', () => {
  test('once each, with its name, id and code; a name that is no command’s goes nowhere, and a flood is only counted', async () => {
    const broker = await startBroker()
    const judged: object[] = []
    let turnedAway = 0
    const link = startLink(broker.url, {
      onJudged: (each) => judged.push(each),
      onTurnedAway: () => {
        turnedAway += 1
      },
      onCommand: ({ name, answer }) => answer(name === 'hold' ? { ok: false, error: { code: 'NO_CALL', message: commandErrors.NO_CALL } } : { ok: true }),
    })
    await expect.poll(() => link.announced()).toBe(1)
    const say = (name: string, body: object) => broker.publish(`${base}/command/${name}`, JSON.stringify(body))
    const expires = now + 5000
    await say('identify', { id: '1', expires })
    await say('hold', { id: '2', expires })
    await say('identify', { id: '1', expires })
    await say('call-857654321', { id: '3', expires })
    await say('identify', { expires })
    const flood = linkLimits.commandBurst + 20
    for (let count = 0; count < flood; count += 1) await say('identify', { id: `flood-${count}`, expires })
    await expect.poll(() => turnedAway).toBeGreaterThanOrEqual(20)
    expect(judged.slice(0, 5)).toEqual([
      { command: 'identify', id: '1' },
      { command: 'hold', id: '2', code: 'NO_CALL' },
      { command: 'identify', id: '1', code: 'REPEATED' },
      { command: 'unknown', id: '3', code: 'UNKNOWN_COMMAND' },
      { command: 'identify', code: 'BAD_BODY' },
    ])
    await expect.poll(() => judged.length + turnedAway).toBe(5 + flood)
  })
})
