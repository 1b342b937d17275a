import { describe, expect, test } from 'vitest'
import { createRegistrationWatch, parsePresence } from '../../src/sip/watch/registration.ts'
import { withExchange } from './desk-of-virtual-time.ts'
import { presence } from './documents.ts'

/** In virtual time, with the stand-in exchange. */
async function watched(document?: string) {
  const world = await withExchange()
  const told: boolean[] = []
  const watch = createRegistrationWatch({ ...world.known, watched: '101', onRegistered: (registered) => void told.push(registered) })
  if (document !== undefined) world.exchange.show('101', document, 'presence')
  watch.start()
  await world.clock.pass(100)
  return { ...world, watch, told }
}

describe('whether the telephone is registered', () => {
  test('is what the exchange’s presence says, told when it changes', async () => {
    const { exchange, clock, told, watch } = await watched(presence('open'))
    expect([told, watch.health().state]).toEqual([[true], 'active'])
    for (const basic of ['open', 'closed', 'closed', 'open'] as const) exchange.show('101', presence(basic), 'presence')
    await clock.pass(1000)
    expect(told).toEqual([true, false, true])
  })

  test('is not known where the exchange has no presence, or says nothing of it: nobody is told anything', async () => {
    const { told, watch } = await watched()
    expect([told, watch.health().state]).toEqual([[], 'waiting'])
    const silent = await watched(presence())
    expect([silent.told, silent.watch.health().state]).toEqual([[], 'active'])
  })

  test('is heard anew after a restart of the exchange, whose count begins anew', async () => {
    const { exchange, clock, told } = await watched(presence('open'))
    exchange.restart()
    exchange.show('101', presence('closed'), 'presence')
    await clock.pass(120_000)
    expect(told).toEqual([true, false])
  })
})

describe('a presence document', () => {
  test.each<[string, string, boolean | undefined]>([
    ['open', presence('open'), true],
    ['closed', presence('closed'), false],
    ['one of two open', presence('closed', 'open'), true],
    ['in capitals and blanks', presence('open').replace('open', ' Open\n'), true],
    ['without a word', presence(), undefined],
    ['with a word that nobody knows', presence('open').replace('open', 'ajar'), undefined],
    ['with a word beside the status', presence('open').replace(/<\/?status>/g, ''), undefined],
    ['of another namespace', presence('open').replace('ns:pidf', 'ns:other'), undefined],
    ['that is none', '<dialog-info/>', undefined],
    ['empty', '', undefined],
    ['with a DOCTYPE', `<!DOCTYPE presence>${presence('open')}`, undefined],
  ])('%s', (_, body, registered) => {
    expect(parsePresence(body)).toBe(registered)
  })
})
