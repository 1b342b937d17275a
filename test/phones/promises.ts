import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import type { PostingPhone } from '../../src/phones/driver.ts'

/** What every driver promises, whether its phone takes commands or not (`src/agent/ports.ts`). */
export function driverPromises(
  vendor: PostingPhone['vendor'],
  open: () => Promise<{ readonly driver: PostingPhone; readonly facts: readonly Fact[]; ring(number: string): void; settle(): Promise<void> }>,
): void {
  describe(`${vendor}: what every driver promises`, () => {
    test('it says at its start what its phone can be told, and the same to whoever asks', async () => {
      const { driver, facts } = await open()
      await driver.start()
      const { hold, forward } = driver.capabilities
      expect(driver.vendor).toBe(vendor)
      expect(facts.find(({ type }) => type === 'phone.capable')).toEqual({ type: 'phone.capable', hold, forward })
    })

    test('a hold is answered with an outcome, whatever it points at; a phone that cannot is never asked', async () => {
      const { driver } = await open()
      for (const ref of [{}, { remote: '857221122' }, { phoneId: '1' }, { withheld: true }]) {
        const outcome = await driver.hold(ref, 1)
        expect(driver.capabilities.hold ? 'an outcome' : outcome).toBe(driver.capabilities.hold ? 'an outcome' : 'unsupported')
        expect(typeof outcome).toBe('string')
      }
    })

    test('what is posted for somebody else is no event', async () => {
      const { driver, facts } = await open()
      const before = facts.length
      const status = driver.receive({ path: ['nobody', 'token', 'ring'], params: new Map([['r', '857221122']]), remoteAddress: '127.0.0.1' })
      expect([403, 404]).toContain(status)
      expect(facts.slice(before)).toEqual([])
    })

    test('a reading never fails, and neither it nor the health holds a number', async () => {
      const { driver, ring, settle } = await open()
      ring('857221122')
      await settle()
      const reading = await driver.read()
      expect(typeof reading.reachable).toBe('boolean')
      expect(JSON.stringify([reading, driver.health()])).not.toContain('857221122')
    })

    test('it may be stopped twice, and says nothing afterwards', async () => {
      const { driver, facts, ring, settle } = await open()
      await driver.start()
      await driver.stop()
      await driver.stop()
      const said = facts.length
      if (vendor === 'analogue') ring('857221122')
      await settle()
      expect(facts).toHaveLength(said)
    })
  })
}
