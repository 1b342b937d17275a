import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** Nothing but the page under test: no first-run pages, no updates, no traffic of the browser's own. Playwright gives it a profile of its own. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Debian's Chromium, installed first where it is missing. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) await install('chromium')
  return chromium.launch({ executablePath, args: flags })
}

async function install(...packages: readonly string[]): Promise<void> {
  const run = spawn('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(run, 'exit')
  if (code !== 0) throw new Error(`apt-get could not install ${packages.join(', ')}; run it by hand as root, after apt-get update`)
}
