import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { monotonicMs, thisMachine } from '../../../src/agent/clock.ts'
import { releaseDesk } from '../../../src/agent/release/release.ts'
import type { Released } from '../../../src/agent/release/released.ts'
import type { AgentConfig } from '../../../src/config/config.ts'
import { loadAgentConfig } from '../../../src/config/load.ts'
import { emptyDesk } from '../../../src/desk/desk.ts'
import type { Lease } from '../../../src/desk/lease.ts'
import { createGrandstreamPhone, createYealinkPhone, type EmulatedPhone } from '../../../src/simulator/phones/index.ts'
import { locationIn } from '../../../src/store/database.ts'
import { keys } from '../../../src/store/records.ts'
import { temporaryDirectory } from '../../config/temporary.ts'
import { open, spoil } from '../../store/fixture.ts'

const directory = temporaryDirectory()
const forwardedTo = { desk: 'usc-13', number: '6120' }
const leaseOf = (state: Lease['state'], since = 0): Lease =>
  ({
    ...{ kind: 'no-answer', target: forwardedTo.number, desk: forwardedTo.desk, reason: 'seat-empty' },
    ...{ since, until: 1_800_000, state, order: 1, orderedAt: since, tries: 1 },
  }) as Lease

interface DeadDesk<Phone extends EmulatedPhone = EmulatedPhone> {
  readonly config: AgentConfig
  readonly phone: Phone
  readonly store: string
  release(): Promise<Released | undefined>
}

const credentials = { username: 'admin', password: 'secret-of-the-phone' }
const yealink = (): EmulatedPhone =>
  createYealinkPhone({ mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', agentUrl: 'http://127.0.0.1:1/yealink/t', ...credentials })

/** A desk whose agent is dead: its phone forwards as said, and its journal has this lease, or was written without one. */
function dead(lease: Lease | undefined, target: string | 'off' = forwardedTo.number): Promise<DeadDesk> {
  return deadBeside(yealink(), lease, target)
}

interface More {
  /** Lines of the desk's file. */
  readonly lines?: string
  /** The lines of the password's file. */
  readonly passwords?: string
  readonly bootId?: string
  /** What a driver had learnt of the phone. */
  readonly learnt?: (url: string) => readonly [key: string, value: string]
}

let made = 0
async function deadBeside<Phone extends EmulatedPhone>(
  phone: Phone,
  lease: Lease | undefined,
  target: string | 'off',
  { lines = '', passwords = credentials.password, bootId = thisMachine.bootId(), learnt }: More = {},
): Promise<DeadDesk<Phone>> {
  made += 1
  const name = `desk-${made}`
  await phone.start()
  onTestFinished(() => phone.stop())
  if (target !== 'off') phone.setForwarding('no-answer', target)
  directory.write(`${name}.password`, `${passwords}\n`)
  const file = directory.write(
    `${name}.yaml`,
    `site: um-test
desk: usc-12
phone: { vendor: ${phone.vendor}, url: "${phone.url()}", username: admin, passwordFile: ${name}.password }
listen: { host: 127.0.0.1, tokenFile: phone.token }
broker: { url: mqtt://127.0.0.1:1 }
store: { directory: ${name} }
${lines}`,
  )
  const store = join(directory.path, name)
  const journal = await open(store)
  const desk = { ...emptyDesk(60_000), ...(lease === undefined ? {} : { lease, lastOrder: 1 }) }
  await journal.append({ checkpoint: { desk, wall: Date.now(), bootId, bootMs: monotonicMs() } })
  if (learnt !== undefined) await journal.remember(...learnt(phone.url()))
  await journal.close()
  const config = loadAgentConfig(file, {})
  return { config, phone, store, release: async () => (await releaseDesk(config))[1] }
}

const commandsOf = (phone: EmulatedPhone) => phone.commands.flatMap(({ request }) => /key=(\S+)/.exec(request)?.[1] ?? [])

describe('a forwarding of ours', () => {
  test.each<Lease['state']>(['asked', 'held', 'releasing', 'unknown'])(
    'that was %s when the agent died is taken off, by one command, and read back',
    async (state) => {
      const { phone, release } = await dead(leaseOf(state))
      expect(await release()).toEqual({ ok: true, sentence: 'usc-12: the forwarding to usc-13 (no-answer) is off.' })
      expect([phone.forwarding(), commandsOf(phone)]).toEqual([{}, ['NoAnswFwdOff']])
    },
  )

  test('that is off already is well done without a command; so is doing it twice', async () => {
    const { phone, release } = await dead(leaseOf('held'), 'off')
    const off = { ok: true, sentence: 'usc-12: the forwarding to usc-13 (no-answer) is off.' }
    expect([await release(), await release(), commandsOf(phone)]).toEqual([off, off, []])
  })

  test('that the phone obeys only after the agent has died is waited for, and taken off', async () => {
    const { phone, release } = await dead(leaseOf('asked', 60_000), 'off')
    setTimeout(() => phone.setForwarding('no-answer', forwardedTo.number), 2500)
    expect(await release()).toEqual({ ok: true, sentence: 'usc-12: the forwarding to usc-13 (no-answer) is off.' })
    expect([phone.forwarding(), commandsOf(phone)]).toEqual([{}, ['NoAnswFwdOff']])
  }, 20_000)

  test.each<[string, Partial<Lease>, More]>([
    ['that the phone had confirmed', { claimed: true }, {}],
    ['before the machine started anew', {}, { bootId: 'an earlier start' }],
  ])('%s is not waited for where the phone is free', async (_, changes, more) => {
    const { phone, release } = await deadBeside(yealink(), { ...leaseOf('asked', 60_000), ...changes }, 'off', more)
    expect(await release()).toMatchObject({ ok: true })
    expect(phone.commands).toHaveLength(1)
  })

  test('is known in whichever spelling of the office the phone shows its number', async () => {
    const lines = 'numbers: { extensions: [{ pattern: 6xxx, prefix: "+4885869" }] }\n'
    const { phone, release } = await deadBeside(yealink(), leaseOf('held'), `+4885869${forwardedTo.number}`, { lines })
    expect(await release()).toMatchObject({ ok: true, sentence: 'usc-12: the forwarding to usc-13 (no-answer) is off.' })
    expect(phone.forwarding()).toEqual({})
  })

  test('is taken off a phone that has not been given the new password yet', async () => {
    const { phone, release } = await deadBeside(yealink(), leaseOf('held'), forwardedTo.number, { passwords: `a-new-one\n${credentials.password}` })
    expect(await release()).toMatchObject({ ok: true })
    expect(phone.forwarding()).toEqual({})
  })
})

describe('a phone that lets in one at a time', () => {
  const grandstream = () =>
    createGrandstreamPhone({
      ...{ mac: '000b82aabbcc', model: 'GRP2612', firmware: '1.0.9.103', agentUrl: 'http://127.0.0.1:1/grandstream/t' },
      ...{ ...credentials, login: 'challenge', settings: 'update' },
    })

  test('is freed, and its web session given back', async () => {
    const { phone, release } = await deadBeside(grandstream(), leaseOf('held'), forwardedTo.number)
    expect(await release()).toEqual({ ok: true, sentence: 'usc-12: the forwarding to usc-13 (no-answer) is off.' })
    expect([phone.forwarding(), phone.loggedIn()]).toEqual([{}, false])
    expect(phone.commands.filter(({ request }) => request.includes('dologout'))).toHaveLength(1)
  })

  test('is let in by the way that its agent had found out: its password is tried in no other', async () => {
    const learnt = (url: string) => [`login/grandstream/${new URL(url).host}`, 'challenge'] as const
    const { phone, release } = await deadBeside(grandstream(), leaseOf('held'), forwardedTo.number, { learnt })
    expect(await release()).toMatchObject({ ok: true })
    expect(phone.commands.filter(({ request }) => request.includes('passcode'))).toEqual([])
  })

  test('is given back its session where a person’s number stays, too', async () => {
    const { phone, release } = await deadBeside(grandstream(), leaseOf('held'), '6199')
    expect(await release()).toMatchObject({ ok: true })
    expect([phone.forwarding()['no-answer']?.target, phone.loggedIn()]).toEqual(['6199', false])
  })

  test('but freeing it comes first: a goodbye that is not answered takes nothing from the word, and ends in time', async () => {
    const { config, phone } = await deadBeside(grandstream(), leaseOf('held'), forwardedTo.number)
    phone.onChange(() => {
      // From the moment at which it is freed, it takes so long for each answer that the goodbye is not through.
      if (phone.forwarding()['no-answer'] === undefined) Object.assign(phone.faults, { slowMs: 700 })
    })
    const startedMs = monotonicMs()
    expect((await releaseDesk(config, 3000))[1]).toMatchObject({ ok: true })
    expect(monotonicMs() - startedMs).toBeLessThan(3500)
  }, 20_000)
})

describe('what is not ours stays', () => {
  test('a person has set another number since', async () => {
    const { phone, release } = await dead(leaseOf('held'), '6199')
    expect(await release()).toEqual({
      ok: true,
      sentence: 'usc-12: the forwarding to usc-13 (no-answer) has been changed by somebody since; what is set on the phone is theirs, and stays.',
    })
    expect([phone.forwarding()['no-answer']?.target, commandsOf(phone)]).toEqual(['6199', []])
  })

  test('a person has forwarded in another way: ours goes, theirs stays', async () => {
    const { phone, release } = await dead(leaseOf('held'))
    phone.setForwarding('always', '6199')
    expect(await release()).toMatchObject({ ok: true })
    expect(phone.forwarding()).toEqual({ always: { target: '6199' } })
  })

  test('nothing of ours is written down: the phone is not even asked', async () => {
    const { phone, release } = await dead(undefined)
    expect(await release()).toEqual({ ok: true, sentence: 'usc-12: no forwarding of ours is written down; the phone is left as it is.' })
    expect([phone.forwarding()['no-answer']?.target, phone.commands]).toEqual(['6120', []])
  })
})

describe('what cannot be done is said, with the reason', () => {
  const sentence = (reason: string): RegExp =>
    new RegExp(`^usc-12: the forwarding to usc-13 \\(no-answer\\) could not be taken off, and may still be on: ${reason}.*The agent tries again`)

  test.each<[string, (desk: DeadDesk) => void, string]>([
    ['the phone does not answer', ({ phone }) => Object.assign(phone.faults, { deaf: true }), 'the phone does not answer'],
    [
      'the phone takes everything and says nothing',
      ({ phone }) => Object.assign(phone.faults, { silent: true }),
      '(the phone does not answer|nothing came of it)',
    ],
    ['the phone turns us down', ({ phone }) => Object.assign(phone.faults, { refuse: 401 }), 'the phone turned the password'],
    ['the phone says yes and does nothing', ({ phone }) => Object.assign(phone.faults, { lie: true }), 'the phone took the command and still shows it'],
    [
      'its password is not there',
      ({ config }) => rmSync('passwordFile' in config.phone ? config.phone.passwordFile : ''),
      'phone\\.passwordFile: .*does not exist',
    ],
  ])(
    '%s',
    async (_, fault, reason) => {
      const desk = await dead(leaseOf('held'))
      fault(desk)
      const startedMs = monotonicMs()
      const released = await desk.release()
      expect(released).toEqual({ ok: false, sentence: expect.stringMatching(sentence(reason)) })
      expect(released?.sentence).not.toMatch(/6120|secret-of-the-phone/)
      expect(monotonicMs() - startedMs).toBeLessThan(10_000)
    },
    20_000,
  )

  test.each<[string, (store: string) => void]>([
    ['its checkpoint is damaged', (store) => spoil(store, keys.checkpoint)],
    ['its last segment is gone', (store) => rmSync(join(locationIn(store), readdirSync(locationIn(store)).sort().at(-1) ?? ''))],
  ])('the journal does not say, because %s: nothing is invented, and nothing touched', async (_, damage) => {
    const { phone, store, release } = await dead(leaseOf('held'))
    damage(store)
    expect(await release()).toEqual({
      ok: false,
      sentence: `usc-12: whether a forwarding of ours is on the phone is not known, because the journal in ${store} is damaged or lacks its end; look at the phone.`,
    })
    expect(phone.commands).toEqual([])
  })
})

test('a journal that is held by a running agent is read all the same', async () => {
  const { config, phone } = await dead(leaseOf('held'))
  const holder = await open(config.store.directory)
  expect((await releaseDesk(config))[1]).toMatchObject({ ok: true })
  expect(phone.forwarding()).toEqual({})
  await holder.append({ facts: [] })
})
