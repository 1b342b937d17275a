import { describe, expect, test } from 'vitest'
import { limits } from '../../src/desk/policy.ts'
import { type ForwardedDesk, forwardedDesk, substitute } from './forwarded-desk.ts'

/** A person at the phone, while a living agent of its own process has a lease on it. */

const theirs = '6199'
/** A word just after our own order is looked into only when the echoes of it are over. */
const knownWithinMs = limits.forwardEchoMs + 15_000

async function forwarded(): Promise<{ readonly desk: ForwardedDesk; readonly commands: number }> {
  const desk = await forwardedDesk()
  await desk.start()
  await desk.beForwarded()
  expect(desk.target()).toBe(substitute.number)
  return { desk, commands: desk.commands() }
}

const endOfOurs = ({ eyes }: ForwardedDesk) => eyes.events().findLast(({ type }) => type === 'third-ring.forwarding.off')?.data

describe('what a person changes while our lease runs is theirs from then on', () => {
  // Its own word has no number in it: whose it is shows when it is read.
  test.each<[string, (desk: ForwardedDesk) => void]>([
    ['while the clerk is away', () => {}],
    ['and the clerk is back at once', (desk) => desk.comeBack()],
  ])(
    'another number, %s: known within seconds, and it stays',
    async (_, then) => {
      const { desk, commands } = await forwarded()
      desk.phone.setForwarding('no-answer', theirs)
      then(desk)
      await expect.poll(() => desk.eyes.types(), { timeout: knownWithinMs }).toContain('forwarding.foreign')
      await expect
        .poll(() => desk.eyes.last('state')?.['forwarding'])
        .toMatchObject({ state: 'on', owner: 'foreign', kind: 'no-answer', target: 'unlisted', lease: null })
      await expect.poll(() => endOfOurs(desk)).toMatchObject({ target: substitute.desk, reason: 'by-hand' })
      desk.comeBack()
      desk.command('identify', {})
      await expect.poll(() => desk.eyes.types()).toContain('command.obeyed')
      expect([desk.target(), desk.commands(), await desk.onRecord()]).toEqual([theirs, commands, undefined])
    },
    60_000,
  )

  test('another kind: theirs stays, ours gives way to it', async () => {
    const { desk, commands } = await forwarded()
    desk.phone.setForwarding('always', theirs)
    await expect.poll(() => endOfOurs(desk), { timeout: knownWithinMs }).toMatchObject({ reason: 'by-hand', kind: 'no-answer' })
    expect(desk.phone.forwarding()).toEqual({ always: { target: theirs } })
    desk.comeBack()
    desk.command('identify', {})
    await expect.poll(() => desk.eyes.types()).toContain('command.obeyed')
    expect([desk.phone.forwarding(), desk.commands()]).toEqual([{ always: { target: theirs } }, commands + 1])
  }, 60_000)

  test('none: it is not set again before the clerk has been back, and then it may be', async () => {
    const { desk, commands } = await forwarded()
    desk.phone.setForwarding('no-answer', undefined)
    await expect.poll(() => endOfOurs(desk), { timeout: knownWithinMs }).toMatchObject({ reason: 'by-hand' })
    await desk.substituteTakesCalls()
    desk.command('identify', {})
    await expect.poll(() => desk.eyes.types()).toContain('command.obeyed')
    expect([desk.target(), desk.commands(), await desk.onRecord()]).toEqual([undefined, commands, undefined])
    desk.comeBack()
    await desk.leave()
    await expect.poll(() => desk.target(), { timeout: knownWithinMs }).toBe(substitute.number)
  }, 60_000)
})
