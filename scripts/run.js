import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The checkout, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** Ends this program with the other one's status if that fails, and with a sentence where there is one to say. */
export function run(command, parameters, { failed, env = {} } = {}) {
  const { status, error } = spawnSync(command, parameters, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  if (status === 0) return
  const why = [failed, error?.message].filter((reason) => reason !== undefined)
  if (why.length > 0) giveUp(why.join(': '))
  process.exit(status ?? 1)
}

export function giveUp(sentence) {
  console.error(`third-ring: ${sentence}`)
  process.exit(1)
}
