#!/usr/bin/env node
import { existsSync } from 'node:fs'

const program = new URL('../dist/main.js', import.meta.url)

if (existsSync(program)) {
  const { main } = await import(program.href)
  process.exitCode = await main(process.argv.slice(2))
} else {
  console.error('third-ring: the program is not compiled yet. Run `node scripts/set-up.js` in the checkout, then the same command again.')
  process.exitCode = 1
}
