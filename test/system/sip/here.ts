import { onTestFinished } from 'vitest'
import { type Asterisk, startAsterisk } from './asterisk.ts'
import type { AsteriskSettings } from './asterisk-config.ts'
import { type Phone, type PhoneOptions, startPhone } from './baresip.ts'
import { type Kamailio, type KamailioSettings, startKamailio } from './kamailio.ts'
import { type Sipp, type SippOptions, startSipp } from './sipp.ts'
import { startUdpRelay, type UdpRelay } from './udp-relay.ts'

/** The same programs, each gone when the test is over; telephones go before their exchange. */

export async function asteriskHere(settings: AsteriskSettings): Promise<Asterisk> {
  const asterisk = await startAsterisk(settings)
  onTestFinished(() => asterisk.remove())
  return asterisk
}

export async function kamailioHere(settings?: KamailioSettings): Promise<Kamailio> {
  const kamailio = await startKamailio(settings)
  onTestFinished(() => kamailio.remove())
  return kamailio
}

export async function phoneHere(options: PhoneOptions): Promise<Phone> {
  const phone = await startPhone(options)
  onTestFinished(() => phone.stop())
  return phone
}

/** One telephone for each number, in the same order. */
export async function phonesHere<const Numbers extends readonly string[]>(
  numbers: Numbers,
  options: Omit<PhoneOptions, 'number'>,
): Promise<{ [Index in keyof Numbers]: Phone }> {
  return (await Promise.all(numbers.map((number) => phoneHere({ ...options, number })))) as { [Index in keyof Numbers]: Phone }
}

export async function relayHere(exchange: string, seed = 1): Promise<UdpRelay> {
  const relay = await startUdpRelay(exchange, seed)
  onTestFinished(() => relay.stop())
  return relay
}

export function sippHere(options: SippOptions): Sipp {
  const sipp = startSipp(options)
  onTestFinished(() => sipp.stop())
  return sipp
}
