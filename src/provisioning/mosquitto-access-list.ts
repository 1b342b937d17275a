import { allRightsOf, type OfficeRights, type RoleHolder } from '../mqtt/rights.ts'

/**
 * Mosquitto's access list. Each user has lines of their own, in place of `pattern` lines with `%u`: a pattern holds for every user, so that a viewer could
 * speak as a desk of its own name and a desk of one office could read the presence of another.
 */
export function mosquittoAccessList(users: readonly RoleHolder[], office: OfficeRights): string {
  const sections = users.map((user) => {
    const { publish, subscribe } = allRightsOf(user, office)
    return [`user ${user.name}`, ...publish.map((filter) => `topic write ${filter}`), ...subscribe.map((filter) => `topic read ${filter}`), ''].join('\n')
  })
  return ['# Written by `third-ring provision`: what is changed here by hand is lost with its next run.', '', ...sections].join('\n')
}
