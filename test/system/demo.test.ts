import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, violations } from './browser.ts'

/** The demonstration as people start it, driven in a real browser through its story: a clerk leaves, calls move, the helper is killed, the warden frees the phone. */
const program = new URL('../../bin/third-ring.js', import.meta.url).pathname
const pictures = process.env['THIRD_RING_SCREENSHOTS'] ?? mkdtempSync(join(tmpdir(), 'third-ring-screenshots-'))
const folder = mkdtempSync(join(tmpdir(), 'third-ring-demo-test-'))
/** The office's absence limit is 45 s and the warden's grace 30 s; at this speed the story takes a minute, on a machine with other work more. */
const speed = 2
const patience = { timeout: 120_000, interval: 250 }

let browser: Browser
let demo: ChildProcess
let url = ''
let said = ''

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  browser = await openBrowser()
  // A group of its own, so that a Ctrl-C can be given to all of it, as a terminal does.
  demo = spawn(process.execPath, [program, 'demo', '--port', '0', '--speed', String(speed)], {
    detached: true,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  url = await new Promise<string>((resolve, reject) => {
    demo.stdout?.on('data', (text: Buffer) => {
      said += text.toString()
      const [, page] = /Look at +(http:\S+)/.exec(said) ?? []
      if (page !== undefined) resolve(page)
    })
    demo.once('exit', (code) => reject(new Error(`the demonstration ended at once, with ${code}`)))
  })
})
afterAll(async () => {
  if (demo.exitCode === null && demo.pid !== undefined) process.kill(-demo.pid, 'SIGKILL')
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
})

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, locale: 'en-GB', ...options })
  const page = await context.newPage()
  await page.goto(url)
  await page.locator('.card').nth(4).waitFor()
  return page
}

const card = (page: Page, desk: string) => page.locator(`[data-desk="${desk}"]`)
const childrenOf = (pid: number | undefined): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Pages that are stopped at one moment of the story, so that it can be looked at however long that takes: narrow and wide, light and dark, in both languages. */
async function openLooks(...looks: readonly (readonly [locale: string, colorScheme: 'light' | 'dark', width: number])[]) {
  const pages = await Promise.all(
    looks.map(([locale, colorScheme, width]) => openPage({ locale, colorScheme, reducedMotion: 'reduce', viewport: { width, height: 900 } })),
  )
  return {
    stop: () => Promise.all(pages.map((page) => page.locator('#pause').click())),
    async examine(name: string) {
      for (const [index, page] of pages.entries()) {
        const look = looks[index] ?? []
        await page.screenshot({ path: join(pictures, `story-${name}-${look.join('-')}.png`), fullPage: true })
        expect(await violations(page), `${name} ${look.join(' ')}`).toEqual([])
        expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(Number(look[2]))
      }
    },
  }
}

describe('the story of the demonstration', { timeout: 400_000 }, () => {
  test('a clerk who is not there has their phone forwarded to the substitute of the directory, by the helper and for a while', async () => {
    const page = await openPage()
    await expect.poll(() => card(page, 'kan-07').locator('.facts').textContent(), patience).toMatch(/to usc-12, until \d\d:\d\d/)
    await expect.poll(() => card(page, 'kan-07').locator('.owner').textContent(), patience).toBe('set by its helper')
    expect(await card(page, 'usc-12').locator('[data-action="kill-agent"]').count()).toBe(0)
  })

  test('a call to the empty desk moves to the substitute’s telephone, and the page tells both ends', async () => {
    const page = await openPage()
    const log = page.locator('#log')
    await card(page, 'kan-07').locator('[data-action="call"]').click()
    await expect.poll(() => card(page, 'kan-07').locator('.recent').textContent(), patience).toContain('forwarded')
    await expect.poll(() => log.textContent(), patience).toMatch(/usc-12 (?:Answered at|The telephone rings)/)
  })

  test('the helper is killed by a button, the warden waits and frees the phone, and the helper comes back', async () => {
    const page = await openPage()
    const facts = card(page, 'kan-07').locator('.facts')
    await expect.poll(() => facts.textContent(), patience).toContain('set by its helper')
    const waiting = await openLooks(['pl-PL', 'light', 1360], ['en-GB', 'dark', 380])
    const freed = await openLooks(['en-GB', 'dark', 1360], ['pl-PL', 'light', 380])
    // The story kills it by itself now and again, and may have been quicker.
    const lives = () => childrenOf(demo.pid).length > 0
    const press = async () => {
      if (lives()) await card(page, 'kan-07').locator('[data-action="kill-agent"]').click()
      return lives()
    }
    await expect.poll(press, { ...patience, interval: 5000 }).toBe(false)
    await expect.poll(() => facts.textContent(), patience).toContain('its helper is gone; the warden gives it time to come back')
    await waiting.stop()
    await expect.poll(() => facts.textContent(), patience).toContain('freed by the warden')
    expect(await facts.textContent()).toContain('off')
    await expect.poll(() => page.locator('#trouble-list').textContent(), patience).toContain('The warden has freed the telephone')
    await freed.stop()
    const start = card(page, 'kan-07').locator('[data-action="start-agent"]')
    if ((await card(page, 'kan-07').getAttribute('data-state')) === 'offline') await start.click()
    await expect.poll(() => card(page, 'kan-07').locator('.availability').textContent(), patience).toBe('Connected')
    await expect.poll(() => facts.textContent(), patience).toContain('set by its helper')
    await waiting.examine('waiting')
    await freed.examine('freed')
  })

  test('Ctrl-C ends all of it: no process and no file is left', async () => {
    expect(said.trim().split('\n').length).toBeLessThan(10)
    await expect.poll(() => childrenOf(demo.pid).length, patience).toBe(1)
    const processes = [demo.pid ?? 0, ...childrenOf(demo.pid)]
    process.kill(-(demo.pid ?? 0), 'SIGINT')
    if (demo.exitCode === null) await once(demo, 'exit')
    expect(demo.exitCode).toBe(0)
    expect(processes.filter(isAlive)).toEqual([])
    expect(readdirSync(folder).filter((name) => name.startsWith('third-ring'))).toEqual([])
  })
})
