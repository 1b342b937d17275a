import * as v from 'valibot'
import { type ForwardingConfig, ownForwardWays, type SipConfig } from '../../config/config.ts'
import { forwarding } from '../../config/section/forwarding.ts'
import { numbers } from '../../config/section/numbers.ts'
import { sip } from '../../config/section/sip.ts'
import { substitutesMax } from '../../config/section/substitutes.ts'
import { deskKey, dialled, file, id, mac, text, url } from '../../config/values.ts'
import type { Numbering } from '../../desk/number.ts'
import { hubLimits } from '../limits.ts'

/** One phone that the warden can reach, and how. */
export interface WardenPhone {
  readonly vendor: keyof typeof ownForwardWays
  readonly url?: string
  readonly username: string
  readonly passwordFile?: string
  readonly mac?: string
  readonly model?: string
  readonly forwarding: ForwardingConfig
  readonly sip?: SipConfig
  /** Who takes its calls, with the numbers as the phone is told them. */
  readonly substitutes: readonly { readonly desk: string; readonly number: string }[]
}

/** The warden's file: phones by their desks, and how the office writes numbers. */
export interface WardenPhones {
  readonly phones: Readonly<Record<string, WardenPhone>>
  readonly numbers: Numbering
}

const vendors = Object.keys(ownForwardWays) as (keyof typeof ownForwardWays)[]

const phone = v.strictObject({
  vendor: v.pipe(v.picklist(vendors), v.description('The maker; `analogue` for a telephone behind an adapter, which only the exchange can forward.')),
  url: v.exactOptional(url('Where the phone takes commands: the address of its web interface. Not needed where the exchange is told.', ['http', 'https'])),
  username: v.optional(text('The user of the web interface that the warden comes in as.'), 'admin'),
  passwordFile: v.exactOptional(
    file('The file with the password of that user; in a second line the one before, which is tried once where the phone refuses the new one.'),
  ),
  mac: v.exactOptional(mac('The MAC address of the phone, in any usual spelling.')),
  model: v.exactOptional(text('The model, for whoever reads the file.')),
  forwarding: v.optional(forwarding, {}),
  sip: v.exactOptional(sip),
  substitutes: v.optional(
    v.pipe(
      v.array(v.strictObject({ desk: id('The desk that takes the calls.'), number: dialled('The number that the phone is told for it.') })),
      v.description('Who takes its calls, as in the agent’s file. Left out, as the directory of the office says.'),
      v.maxLength(substitutesMax),
    ),
    [],
  ),
})

/** What may be written into the warden's file; what must be written with what is said by `phones-file.ts`. */
export const wardenPhonesSchema: v.GenericSchema<object, WardenPhones> = v.pipe(
  v.strictObject({
    phones: v.pipe(
      v.record(deskKey, phone),
      v.title('Phones'),
      v.description('The phones that the warden can free, by the names of their desks.'),
      v.check((phones) => Object.keys(phones).length <= hubLimits.desksMax, `must have at most ${hubLimits.desksMax} phones`),
    ),
    numbers: v.optional(numbers, {}),
  }),
  v.title('third-ring warden’s phones'),
  v.description('How the warden in the hub reaches the phones of an office.'),
)
