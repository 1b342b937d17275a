import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'

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

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core has against the page as it is now (WCAG), a sentence each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }> }
    }
    return (await checker.run()).violations
  })
  return found.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary ?? ''}`))
}
