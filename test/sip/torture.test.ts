import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/simulator/random.ts'
import { readMessage } from '../../src/sip/stack/message.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import { decisions } from './torture/decisions.ts'
import { createLink, createVirtualClock, optionsFor } from './virtual.ts'

const folder = join(dirname(createRequire(import.meta.url).resolve('sip')), 'test/messages')

/** Sends one message to a stack of its own and lets two minutes pass. */
async function treat(bytes: Buffer): Promise<{ answers: string[]; health: Record<string, string | number | boolean>; pending: number }> {
  const clock = createVirtualClock()
  const link = createLink(clock)
  const stack = createSipStack(optionsFor(clock, createRandom(1)).options, link.udp)
  await stack.start()
  link.send(bytes.toString('latin1'))
  await clock.pass(120_000)
  return { answers: link.fromUs.map(({ text }) => text), health: stack.health(), pending: clock.pending() }
}

describe('the torture messages of RFC 4475', () => {
  test('are all decided upon, each with its reason', () => {
    const files = readdirSync(folder).flatMap((file) => (file.endsWith('.dat') ? [file.slice(0, -4)] : []))
    expect(decisions.map(({ name }) => name).sort()).toEqual(files.sort())
    expect(decisions.filter(({ section }) => section !== undefined)).toHaveLength(49)
    expect(decisions.filter(({ why }) => why === '')).toEqual([])
  })

  test.each(decisions)('$name ($says): $we, since $why', async ({ name, we }) => {
    const { answers, health, pending } = await treat(readFileSync(join(folder, `${name}.dat`)))
    expect(pending).toBe(0)
    if (we === 'stray') expect([answers, health]).toMatchObject([[], { strays: 1, responses: 1 }])
    else if (we === 'keep-alive') expect([answers, health]).toMatchObject([[], { keepAlives: 1 }])
    else if (typeof we === 'number') expect([answers[0]?.slice(8, 11), health]).toMatchObject([String(we), { requests: 1 }])
    else expect([answers, health]).toMatchObject([[], { refused: 1, [`refused-${we.refuse}`]: 1 }])
  })

  test('baddn with its empty line is refused for its display name, which has a comma and no quotes', () => {
    const text = readFileSync(join(folder, 'baddn.dat'), 'latin1')
    expect(readMessage(Buffer.from(`${text.trimEnd()}\r\n\r\n`, 'latin1'), 'datagram')).toEqual({ kind: 'refused', reason: 'from-to' })
  })
})
