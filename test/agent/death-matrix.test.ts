import { describe, expect, test } from 'vitest'
import { releaseWithinMs } from '../../src/agent/release.ts'
import { type ForwardedDesk, forwardedDesk, loseLastBatch, loseLastSegment, substitute } from './forwarded-desk.ts'

/** One way to die. When it is over, the agent is gone. */
interface Death {
  readonly name: string
  /** Brings a desk with a clerk at it to its death, forwarded or about to be. */
  happen(desk: ForwardedDesk): Promise<void>
  /** What the phone does when the agent is gone. */
  readonly leaves: 'forwarded' | 'free'
  /** Nobody who reads the journal knows of it any more. */
  readonly forgotten?: true
}

const deaths: readonly Death[] = [
  {
    name: 'killed while it holds',
    leaves: 'forwarded',
    async happen(desk) {
      await desk.beForwarded()
      await desk.kill()
    },
  },
  {
    name: 'frozen, and killed by the watchdog',
    leaves: 'forwarded',
    async happen(desk) {
      await desk.beForwarded()
      desk.signal('SIGSTOP')
      desk.comeBack()
      // What systemd does when nothing has fed the watchdog (WatchdogSignal=SIGKILL); that it does is tried with a real one (system/systemd.test.ts).
      await desk.kill()
    },
  },
  {
    name: 'killed between the journal and the command',
    leaves: 'free',
    async happen(desk) {
      const kept = desk.wire.keepBack('FwdOn', 'request')
      await desk.leave()
      await kept
      await desk.kill()
      desk.wire.letPass()
    },
  },
  {
    name: 'killed between the command and its confirmation',
    leaves: 'forwarded',
    async happen(desk) {
      const kept = desk.wire.keepBack('FwdOn', 'answer')
      await desk.leave()
      await kept
      await desk.kill()
      desk.wire.letPass()
    },
  },
  {
    name: 'killed while it takes the forwarding off',
    leaves: 'forwarded',
    async happen(desk) {
      await desk.beForwarded()
      const kept = desk.wire.keepBack('FwdOff', 'request')
      desk.comeBack()
      await kept
      await desk.kill()
      desk.wire.letPass()
    },
  },
  {
    name: 'power cut, and the last step is not on the card',
    leaves: 'forwarded',
    async happen(desk) {
      await desk.beForwarded()
      await desk.kill()
      await loseLastBatch(desk.store)
    },
  },
  {
    name: 'power cut, and the card has lost the whole last segment',
    leaves: 'forwarded',
    forgotten: true,
    async happen(desk) {
      await desk.beForwarded()
      await desk.kill()
      await loseLastSegment(desk.store)
    },
  },
  {
    name: 'killed while the broker and the hub are away',
    leaves: 'forwarded',
    async happen(desk) {
      await desk.beForwarded()
      await desk.stopBroker()
      await desk.kill()
    },
  },
  {
    name: 'killed, and the phone restarts',
    leaves: 'forwarded',
    async happen(desk) {
      await desk.beForwarded()
      await desk.kill()
      desk.phone.reboot()
      await desk.phone.settled()
    },
  },
  {
    name: 'killed, and the phone shows for a while what was',
    leaves: 'forwarded',
    async happen(desk) {
      await desk.beForwarded()
      await desk.kill()
      desk.phone.faults.forwardStaleMs = 2500
    },
  },
  {
    name: 'killed, and the phone obeys late',
    leaves: 'free',
    async happen(desk) {
      desk.phone.faults.forwardLateMs = 3000
      const kept = desk.wire.keepBack('FwdOn', 'answer')
      await desk.leave()
      await kept
      await desk.kill()
      delete desk.phone.faults.forwardLateMs
      desk.wire.letPass()
    },
  },
]

const bootWithinMs = 20_000

describe('release, as the unit runs it after every end', () => {
  test.each(deaths.filter(({ forgotten }) => !forgotten))(
    '$name: the phone is free within ten seconds',
    async ({ happen, leaves }) => {
      const desk = await forwardedDesk()
      await desk.start()
      await happen(desk)
      expect(desk.target()).toBe(leaves === 'free' ? undefined : substitute.number)
      const { code, lines, tookMs } = await desk.release()
      expect([code, lines.at(-1)]).toEqual([0, 'usc-12: the forwarding to usc-13 (no-answer) is off.'])
      expect(tookMs).toBeLessThan(releaseWithinMs + 2000)
      expect(desk.target()).toBeUndefined()
    },
    60_000,
  )
})

describe('the next start of the agent, where nothing else has had its turn', () => {
  test.each(deaths.filter(({ forgotten }) => !forgotten))(
    '$name: the phone is free',
    async ({ happen, leaves }) => {
      const desk = await forwardedDesk()
      await desk.start()
      await happen(desk)
      expect(desk.target()).toBe(leaves === 'free' ? undefined : substitute.number)
      await desk.start()
      await expect.poll(async () => [desk.target(), await desk.onRecord()], { timeout: bootWithinMs }).toEqual([undefined, undefined])
    },
    60_000,
  )
})
