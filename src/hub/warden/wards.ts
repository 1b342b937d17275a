import type { WardenCore } from './core.ts'
import type { Ward } from './ward.ts'

/** The warden with one desk changed; a desk that it did not know is one that went away just now. */
export function changeWard(core: WardenCore, desk: string, change: (ward: Ward) => Ward): WardenCore {
  const before = core.wards.get(desk)
  const after = change(before ?? { online: false, goneAt: core.at })
  return after === before ? core : { ...core, wards: new Map(core.wards).set(desk, after) }
}

/** All desks, each changed. */
export function mapWards({ wards }: WardenCore, change: (ward: Ward) => Ward): ReadonlyMap<string, Ward> {
  return new Map([...wards].map(([desk, ward]) => [desk, change(ward)]))
}
