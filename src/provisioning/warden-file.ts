import { stringify } from 'yaml'
import type { OfficeConfig } from '../config/office.ts'
import type { OfficeFile } from './broker-office.ts'
import type { DeskPlan } from './desks.ts'
import type { Folder } from './folder.ts'
import { firstLine } from './secrets.ts'

/** Beside the hub's configuration. */
export const wardenPhonesName = 'warden-phones.yaml'

export interface WardenPlan {
  /** Nothing where the office has no warden. */
  readonly files: readonly OfficeFile[]
  /** Phones that the warden could not free. */
  readonly warnings: readonly string[]
}

/**
 * How the hub's warden reaches every phone that an agent may forward: the file of its phones, and each phone's password once more, since the warden comes in
 * without the desk. The passwords of the desks must be in the folder by now.
 */
export function wardenFiles(folder: Folder, desks: readonly DeskPlan[], { phone, agent }: OfficeConfig): WardenPlan {
  if (phone.warden === undefined) return { files: [], warnings: [] }
  const own = phone.wardenPasswordFile === undefined ? undefined : `${firstLine(phone.wardenPasswordFile)}\n`
  const phones: Record<string, unknown> = {}
  const files: OfficeFile[] = []
  const warnings: string[] = []
  for (const { desk, written } of desks) {
    const { by } = written.forwarding
    if (written.phone.vendor === 'analogue' || by === 'none') continue
    if (by === 'exchange') {
      warnings.push(`${desk} is forwarded by the exchange, whose password is not in this list: the warden cannot free it`)
      continue
    }
    const { vendor, url, mac, model } = written.phone
    const passwordFile = `phones/${desk}.password`
    const text = own ?? folder.read(`desks/${desk}/phone.password`)
    if (text !== undefined) files.push({ path: `hub/${passwordFile}`, text, secret: true })
    phones[desk] = {
      vendor,
      url,
      username: phone.wardenUsername ?? phone.username,
      passwordFile,
      ...(mac === undefined ? {} : { mac }),
      ...(model === undefined ? {} : { model }),
      ...(by === undefined ? {} : { forwarding: { by } }),
      ...(written.substitutes.length === 0 ? {} : { substitutes: written.substitutes.map(({ desk: name, number }) => ({ desk: name, number })) }),
    }
  }
  const heading = '# The phones of the warden, written by `third-ring provision`: what is changed here by hand is lost with its next run.'
  const text = stringify({ phones, ...(agent['numbers'] === undefined ? {} : { numbers: agent['numbers'] }) }, { lineWidth: 0 })
  return { files: [...files, { path: `hub/${wardenPhonesName}`, text: `${heading}\n\n${text}` }], warnings }
}
