/**
 * Measures, each thing beside the least program that could do the same, and prints the ratio. `npm run bench` measures all;
 * `npm run bench -- take` one. The figures kept in docs/reference/performance.md come from here.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const benches = ['take', 'latency', 'lamp', 'footprint', 'bridge', 'idle', 'gpio', 'journal', 'fleet', 'forward', 'reevaluate', 'peer']
const root = fileURLToPath(new URL('..', import.meta.url))
const wanted = process.argv.length > 2 ? process.argv.slice(2) : benches
const unknown = wanted.filter((name) => !benches.includes(name))

if (unknown.length > 0) {
  console.error(`third-ring: there is no bench ${unknown.join(', ')}; there are ${benches.join(', ')}`)
  process.exit(2)
}
if (!existsSync(new URL('../dist/main.js', import.meta.url)) && wanted.some((name) => !['take', 'bridge', 'journal', 'fleet', 'reevaluate'].includes(name))) {
  console.error('third-ring: the agent is measured as it runs, compiled: run `node scripts/set-up.js` first')
  process.exit(1)
}
for (const name of wanted) {
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', `bench/${name}.ts`], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
