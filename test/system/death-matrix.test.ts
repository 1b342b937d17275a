import { describe, expect, test } from 'vitest'
import { releaseWithinMs } from '../../src/agent/release/release.ts'
import { limits } from '../../src/desk/policy.ts'
import { type ForwardedDesk, forwardedDesk, loseLastBatch, loseLastSegment, substitute } from '../agent/forwarded-desk.ts'

/** One way to die: of a desk that is forwarded, or about to be. */
interface Death {
  readonly name: string
  /** Which word on the wire between agent and phone is the agent's last. Left out, the desk is forwarded, and nothing is under way. */
  readonly during?: readonly [command: 'FwdOn' | 'FwdOff', half: 'request' | 'answer']
  readonly before?: (desk: ForwardedDesk) => void | Promise<void>
  readonly after?: (desk: ForwardedDesk) => void | Promise<void>
  /** What the phone does when the agent is gone. */
  readonly leaves: 'forwarded' | 'free'
  /** Nobody who reads the journal knows of it any more. */
  readonly forgotten?: true
}

const deaths: readonly Death[] = [
  { name: 'killed while it holds', leaves: 'forwarded' },
  {
    name: 'frozen, and killed by the watchdog',
    // The kill is what systemd does when nothing has fed the watchdog (WatchdogSignal=SIGKILL); that it does is tried with a real one (system/systemd.test.ts).
    before(desk) {
      desk.signal('SIGSTOP')
      desk.comeBack()
    },
    leaves: 'forwarded',
  },
  { name: 'killed between the journal and the command', during: ['FwdOn', 'request'], leaves: 'free' },
  { name: 'killed between the command and its confirmation', during: ['FwdOn', 'answer'], leaves: 'forwarded' },
  { name: 'killed while it takes the forwarding off', during: ['FwdOff', 'request'], leaves: 'forwarded' },
  { name: 'power cut, and the last step is not on the card', after: ({ store }) => loseLastBatch(store), leaves: 'forwarded' },
  { name: 'power cut, and the card has lost the whole last segment', after: ({ store }) => loseLastSegment(store), leaves: 'forwarded', forgotten: true },
  { name: 'killed while the broker and the hub are away', before: (desk) => desk.stopBroker(), leaves: 'forwarded' },
  {
    name: 'killed, and the phone restarts',
    after({ phone }) {
      phone.reboot()
      return phone.settled()
    },
    leaves: 'forwarded',
  },
  {
    name: 'killed, and the phone shows for a while what was',
    after({ phone }) {
      phone.faults.forwardStaleMs = 2500
    },
    leaves: 'forwarded',
  },
  {
    name: 'killed, and the phone obeys late',
    before({ phone }) {
      phone.faults.forwardLateMs = 3000
    },
    during: ['FwdOn', 'answer'],
    after({ phone }) {
      delete phone.faults.forwardLateMs
    },
    leaves: 'free',
  },
]

/** Starts an agent and brings it to its death. When it is over, the agent is gone. */
async function die(desk: ForwardedDesk, { during, before, after, leaves }: Death): Promise<void> {
  await desk.start()
  const [command] = during ?? []
  if (command !== 'FwdOn') await desk.beForwarded()
  await before?.(desk)
  if (during !== undefined) {
    const kept = desk.wire.keepBack(...during)
    await (command === 'FwdOn' ? desk.leave() : desk.comeBack())
    await kept
  }
  await desk.kill()
  await after?.(desk)
  if (during !== undefined) desk.wire.letPass()
  expect(desk.target()).toBe(leaves === 'free' ? undefined : substitute.number)
}

const named = (some: readonly Death[]): [string, Death][] => some.map((death) => [death.name, death])
const remembered = named(deaths.filter(({ forgotten }) => !forgotten))

const bootWithinMs = 20_000
/** Its grace, a reading, a command, and a phone that shows for a while what was. */
const wardenWithinMs = 20_000

describe('release, as the unit runs it after every end', () => {
  test.each(remembered)(
    '%s: the phone is free within ten seconds',
    async (_, death) => {
      const desk = await forwardedDesk()
      await die(desk, death)
      const { code, lines, tookMs } = await desk.release()
      expect([code, lines.at(-1)]).toEqual([0, 'usc-12: the forwarding to usc-13 (no-answer) is off.'])
      expect(tookMs).toBeLessThan(releaseWithinMs + 2000)
      expect(desk.target()).toBeUndefined()
    },
    60_000,
  )
})

describe('the next start of the agent, where nothing else has had its turn', () => {
  test.each(remembered)(
    '%s: the phone is free',
    async (_, death) => {
      const desk = await forwardedDesk()
      await die(desk, death)
      await desk.start()
      await expect.poll(() => desk.target(), { timeout: bootWithinMs }).toBeUndefined()
      // What was never confirmed may yet be obeyed: it stays on record for as long, and is looked after.
      const withinMs = limits.forwardLateMs + bootWithinMs
      await expect.poll(async () => [desk.target(), await desk.onRecord()], { timeout: withinMs }).toEqual([undefined, undefined])
    },
    90_000,
  )
})

describe('the warden, where the machine stays dead', () => {
  // Of a broker that is away it hears nothing: it acts when that is back.
  const known = named(deaths.filter(({ name }) => !name.includes('broker')))
  test.each(known)(
    '%s: the phone is free soon after its grace',
    async (_, death) => {
      const desk = await forwardedDesk()
      await desk.watchOver()
      await die(desk, death)
      await expect.poll(() => desk.eyes.hub('warden')?.['leases'], { timeout: wardenWithinMs }).toMatchObject([{ state: 'undone' }])
      expect(desk.target()).toBeUndefined()
    },
    60_000,
  )
})

describe('the agent itself', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'told to stop (%s), it takes its forwarding off before it ends; nothing is left for release',
    async (signal) => {
      const desk = await forwardedDesk()
      await desk.start()
      await desk.beForwarded()
      const startedMs = performance.now()
      desk.signal(signal)
      await desk.ended()
      expect([desk.target(), await desk.onRecord()]).toEqual([undefined, undefined])
      expect(performance.now() - startedMs).toBeLessThan(20_000)
      expect((await desk.release()).lines.at(-1)).toBe('usc-12: no forwarding of ours is written down; the phone is left as it is.')
    },
    60_000,
  )

  test('after a restart goes on with what it finds of a clerk who is on leave, and takes it off if the substitute is not heard of in a minute', async () => {
    const desk = await forwardedDesk()
    await desk.start()
    await desk.beForwarded()
    desk.command('absence.set', { kind: 'leave' })
    await expect.poll(() => desk.eyes.types()).toContain('command.obeyed')
    const before = await desk.leaseOnRecord()
    await desk.kill()
    await desk.start()
    const isRenewed = async () => ((await desk.leaseOnRecord())?.until ?? 0) > (before?.until ?? 0) && (await desk.leaseOnRecord())?.state === 'held'
    await expect.poll(isRenewed, { timeout: bootWithinMs }).toBe(true)
    expect([desk.target(), (await desk.leaseOnRecord())?.order]).toEqual([substitute.number, before?.order])
    const withinMs = limits.substituteUnknownMs + bootWithinMs
    await expect.poll(async () => [desk.target(), await desk.onRecord()], { timeout: withinMs }).toEqual([undefined, undefined])
  }, 150_000)
})

describe('what a person sets on the phone of a dead agent is theirs', () => {
  const theirs = '6199'
  async function changedByHand(): Promise<ForwardedDesk> {
    const desk = await forwardedDesk()
    await desk.start()
    await desk.beForwarded()
    await desk.kill()
    desk.phone.setForwarding('no-answer', theirs)
    return desk
  }

  test('release says so, and touches nothing', async () => {
    const desk = await changedByHand()
    const { code, lines } = await desk.release()
    expect([code, lines.at(-1)]).toEqual([0, expect.stringContaining('has been changed by somebody since')])
    expect(desk.target()).toBe(theirs)
  }, 60_000)

  test('the next agent shows it as somebody’s, and touches nothing', async () => {
    const desk = await changedByHand()
    await desk.start()
    await expect
      .poll(async () => [desk.eyes.last('state')?.['forwarding'], await desk.onRecord()], { timeout: bootWithinMs })
      .toMatchObject([{ state: 'on', owner: 'foreign' }, undefined])
    expect(desk.target()).toBe(theirs)
  }, 60_000)
})

test('a phone that says yes and does nothing is reported by release, and freed by the agent as soon as it obeys', async () => {
  const desk = await forwardedDesk()
  await desk.start()
  await desk.beForwarded()
  await desk.kill()
  desk.phone.faults.lie = true
  const { code, lines } = await desk.release()
  expect([code, lines.at(-1)]).toEqual([1, expect.stringContaining('the phone took the command and still shows it')])
  await desk.start()
  await expect.poll(() => desk.eyes.types(), { timeout: bootWithinMs }).toContain('forwarding.unconfirmed')
  expect(desk.target()).toBe(substitute.number)
  desk.phone.faults.lie = false
  await expect.poll(async () => [desk.target(), await desk.onRecord()], { timeout: 40_000 }).toEqual([undefined, undefined])
}, 90_000)

test('of a lease that the card has lost nobody but the warden knows: release says that it does not, and invents nothing', async () => {
  const desk = await forwardedDesk()
  await desk.start()
  await desk.beForwarded()
  await desk.kill()
  await loseLastSegment(desk.store)
  const { code, lines } = await desk.release()
  expect([code, lines.at(-1)]).toEqual([1, expect.stringContaining('whether a forwarding of ours is on the phone is not known')])
  expect(desk.target()).toBe(substitute.number)
}, 60_000)

test('release beside an agent that runs frees the phone; to the agent a person has done it, and it does not forward again in this absence', async () => {
  const desk = await forwardedDesk()
  await desk.start()
  await desk.beForwarded()
  expect((await desk.release()).code).toBe(0)
  expect(desk.target()).toBeUndefined()
  await expect
    .poll(() => desk.eyes.events().findLast(({ type }) => type === 'third-ring.forwarding.off')?.data, { timeout: 25_000 })
    .toMatchObject({
      reason: 'by-hand',
    })
  expect([desk.target(), await desk.onRecord()]).toEqual([undefined, undefined])
}, 60_000)
