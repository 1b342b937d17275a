import { connectAsync } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import { brokerUser } from '../../src/hub/broker/acl.ts'
import { createBroker } from '../../src/hub/broker/broker.ts'
import type { Role } from '../../src/mqtt/rights.ts'
import { audible, type Enter, greedyFilters, neededFilters, notTheirs, prefix, site, tryToPublish, type User, users, whatIsHeard } from './rights-matrix.ts'

const roleOf: Readonly<Record<User, Role>> = { 'usc-12': 'desk', 'usc-14': 'desk', anna: 'admin', wall: 'viewer', home: 'home-assistant' }
const undo: (() => unknown)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** The embedded broker with the users of the matrix, whose passwords are their names. */
async function embedded(): Promise<Enter> {
  const credentials = (name: string, password: Buffer) =>
    password.toString() === name && name in roleOf ? brokerUser(roleOf[name as User], name, { site, homeAssistantPrefix: prefix }) : undefined
  const broker = createBroker({ host: '127.0.0.1', port: 0, credentials, log: { info: () => {}, warn: () => {} } })
  const { port } = await broker.start()
  undo.push(() => broker.stop())
  return async (user, options = {}) => {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      protocolVersion: 4,
      clientId: user,
      username: user,
      password: user,
      reconnectPeriod: 0,
      ...options,
    })
    client.on('error', () => {})
    undo.push(() => client.endAsync(true))
    return client
  }
}

describe.each(users)('on the embedded broker %s', (user) => {
  test('writes what it may, and nothing else arrives or is remembered', async () => {
    const enter = await embedded()
    await tryToPublish(enter, user, enter)
  })

  test('hears nothing that is not its own to hear, whatever it asks for', async () => {
    const enter = await embedded()
    const heard = await whatIsHeard(enter, user, greedyFilters, enter)
    expect(notTheirs(user, heard)).toEqual([])
  })

  test('hears all that it needs', async () => {
    const enter = await embedded()
    expect(await whatIsHeard(enter, user, neededFilters[user], enter)).toEqual(audible(user, neededFilters[user]))
  })
})
