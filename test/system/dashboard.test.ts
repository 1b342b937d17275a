import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { demoActions, helperActions, type RunningHub, type ScriptedDesk, startDesk, startHub, stateOf } from '../hub/fixture.ts'
import { openBrowser, violations } from './browser.ts'

/** The page in a real browser, before a hub with its broker and desks that say what the test tells them. Pictures are for people to look at. */
const pictures = process.env['THIRD_RING_SCREENSHOTS'] ?? mkdtempSync(join(tmpdir(), 'third-ring-screenshots-'))
const wall = { width: 1920, height: 1080 }

let browser: Browser
let running: RunningHub
let desks: Record<'usc-12' | 'usc-14' | 'geo-03' | 'kan-07', ScriptedDesk>
const undo: (() => unknown)[] = []

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  browser = await openBrowser()
})
afterAll(() => browser.close())

beforeEach(async () => {
  const phonesFile = join(mkdtempSync(join(tmpdir(), 'third-ring-phones-')), 'phones.yaml')
  writeFileSync(phonesFile, 'phones: {}\n')
  running = await startHub({ warden: { graceMs: 8000, phonesFile } })
  desks = await sayAll(running)
})
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  for (const desk of Object.values(desks)) await desk.stop()
  await running.stop()
})

/** An office in the middle of its morning: one desk rings, one talks while another caller waits, one has a caller on hold, one is away. */
async function sayAll({ urls }: RunningHub): Promise<typeof desks> {
  const now = Date.now()
  const call = (id: string, state: string, agoMs: number, more: object = {}) => ({
    id,
    direction: 'in',
    state,
    since: new Date(now - agoMs).toISOString(),
    ...more,
  })
  const open = async (id: string, department: string, phone: object, state: object) => {
    const desk = await startDesk(urls, id)
    await desk.level('availability', 'online')
    await desk.level('about', { v: 1, department, phone: { ...phone, firmware: null } })
    await desk.level('state', stateOf(now, state))
    return desk
  }
  const [yealink, grandstream] = [
    { make: 'yealink', model: 'T46U' },
    { make: 'grandstream', model: 'GRP2614' },
  ]
  const ringing = [call('c1', 'alerting', 6000, { ring: 2, ringSource: 'estimated' })]
  const opened = {
    'usc-12': await open('usc-12', 'usc', yealink, { calls: ringing, lamp: 'ring-second', callbacks: { open: 2, overdue: 1 } }),
    'usc-14': await open('usc-14', 'usc', yealink, { calls: [call('c4', 'held', 61_000)], lamp: 'hold-long', callbacks: { open: 1, overdue: 0 } }),
    'geo-03': await open('geo-03', 'geodezja', grandstream, { calls: [call('c7', 'connected', 154_000), call('c8', 'alerting', 3000)], lamp: 'call-waiting' }),
    'kan-07': await open('kan-07', 'kancelaria', yealink, {
      lamp: 'forwarded',
      forwarding: { state: 'on', target: 'usc-14', owner: 'agent', until: new Date(now + 1_800_000).toISOString() },
    }),
  }
  await opened['geo-03'].event('call.answered', { call: 'c7', direction: 'in', rings: 2, waitMs: 6300, inRule: true, strict: true })
  await opened['kan-07'].event('forwarding.on', { target: 'usc-14', kind: 'no-answer', reason: 'absence', until: new Date(now + 1_800_000).toISOString() })
  await opened['usc-14'].event('hold.warned', { call: 'c4', afterMs: 6000 })
  await opened['usc-14'].event('hold.forced', { call: 'c4', afterMs: 8000 })
  await opened['usc-14'].event('call.held', { call: 'c4', direction: 'in', by: 'agent' })
  await opened['usc-12'].event('call.alerting', { call: 'c1', direction: 'in' })
  await opened['usc-12'].event('call.ring', { call: 'c1', ring: 2, ringSource: 'estimated' })
  return opened
}

/** One phone refuses its helper, somebody knocks at another's, and a third desk's events have not come. */
async function makeTrouble(): Promise<void> {
  await desks['kan-07'].event('phone.refused', { reason: 'password', retryMs: 60_000 })
  await desks['geo-03'].event('security.refused', { reason: 'token', count: 12 })
  await desks['usc-14'].event('call.resumed', { call: 'c4', direction: 'in', heldMs: 9000 }, 9)
  for (const id of ['usc-12', 'usc-14'] as const) {
    await desks[id].level('about', { v: 1, department: 'usc', phone: { make: 'yealink', model: 'T46U', firmware: null, fingerprint: 'ABCDEFGH23' } })
  }
}

/** The page in a window of its own; a fault in its script, or a request to elsewhere, fails the test. */
async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: wall, locale: 'en-GB', ...options })
  undo.push(() => context.close())
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => message.type() === 'error' && !message.text().includes('net::ERR') && faults.push(message.text()))
  page.on('request', (request) => request.url().startsWith(running.urls.page) || faults.push(request.url()))
  undo.push(() => expect(faults).toEqual([]))
  await page.goto(running.urls.page)
  await page.locator('.card').nth(3).waitFor()
  return page
}

const card = (page: Page, desk: string) => page.locator(`[data-desk="${desk}"]`)
const asOf = /^Connection lost\. What you see is as of \d\d:\d\d:\d\d\.$/

describe('for everybody (WCAG, axe-core)', () => {
  test.each([
    ['pl', 'light', 1920],
    ['pl', 'dark', 1920],
    ['en', 'light', 1366],
    ['en', 'dark', 1366],
    ['pl', 'light', 360],
    ['en', 'dark', 360],
  ] as const)('no violation in %s, %s, %i pixels wide, and nothing beside the screen', async (language, colorScheme, width) => {
    const locale = language === 'pl' ? 'pl-PL' : 'en-GB'
    const page = await openPage({ locale, colorScheme, reducedMotion: 'reduce', viewport: { width, height: width === 360 ? 780 : Math.round(width * 0.5625) } })
    await makeTrouble()
    await desks['usc-12'].event('call.missed', { call: 'c0', direction: 'in', cause: 'cancelled', rings: 4 })
    await page.locator('#alarm-line[data-alarm]').waitFor()
    await page.locator('#trouble-list li').nth(2).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe(language)
    await page.screenshot({ path: join(pictures, `${language}-${colorScheme}-${width}.png`), fullPage: width === 360 })
    expect(await violations(page)).toEqual([])
    expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(width)
  })

  test.each([
    [
      'pl',
      /^do usc-14, do godziny \d\d:\d\d$/,
      'ustawił program stanowiska',
      'program stanowiska nie działa; strażnik daje mu czas na powrót',
      'strażnik nie zna tego telefonu',
    ],
    [
      'en',
      /^to usc-14, until \d\d:\d\d$/,
      'set by its helper',
      'its helper is gone; the warden gives it time to come back',
      'the warden does not know this telephone',
    ],
  ] as const)('where calls go, until when and by whose hand is said in %s, and what the warden has come to', async (language, goes, byHelper, waits, fails) => {
    const page = await openPage({ locale: language === 'pl' ? 'pl-PL' : 'en-GB', reducedMotion: 'reduce' })
    const owner = card(page, 'kan-07').locator('.owner')
    await expect.poll(() => owner.textContent()).toBe(byHelper)
    expect(await owner.locator('xpath=preceding-sibling::span').textContent()).toMatch(goes)
    expect(await card(page, 'usc-14').locator('.stands-in').textContent()).toMatch(/: kan-07$| kan-07$/)
    desks['kan-07'].client.stream.destroy()
    await expect.poll(() => owner.textContent()).toBe(waits)
    await page.locator('#trouble-list li').first().waitFor()
    await page.screenshot({ path: join(pictures, `warden-${language}.png`) })
    expect(await violations(page)).toEqual([])
    await expect.poll(() => owner.textContent()).toBe(fails)
    expect(await violations(page)).toEqual([])
  })

  test('the lamps are drawn without motion for who asks for none, and blink for others', async () => {
    await desks['usc-12'].level('state', stateOf(Date.now(), { calls: [], lamp: 'ring-warning' }))
    const states = async (page: Page) => {
      await page.locator('[data-pattern="ring-warning"]').waitFor()
      const seen = new Set<string>()
      for (let look = 0; look < 30; look++) {
        seen.add(String(await card(page, 'usc-12').locator('.lens[data-lit]').count()))
        await page.waitForTimeout(50)
      }
      return [...seen].sort()
    }
    expect(await states(await openPage({ reducedMotion: 'reduce' }))).toEqual(['3'])
    expect(await states(await openPage({ reducedMotion: 'no-preference' }))).toEqual(['0', '3'])
  })

  test('a keyboard reaches everything, in the order in which it stands', async () => {
    const page = await openPage({ locale: 'pl-PL' })
    const walked: string[] = []
    for (let step = 0; step < 200; step++) {
      await page.keyboard.press('Tab')
      const focused = page.locator(':focus')
      if ((await focused.count()) === 0) break
      const name = (await focused.getAttribute('id')) === 'log' ? 'log' : await focused.textContent()
      await expect(focused.evaluate('element => getComputedStyle(element).outlineStyle'), `the focus on “${name}” is to be seen`).resolves.not.toBe('none')
      walked.push(name?.trim() ?? '')
    }
    expect(walked.slice(0, 4)).toEqual(['Przejdź do stanowisk', 'Wstrzymaj odświeżanie', 'Polski', 'English'])
    expect(walked.filter((name) => name === 'Odbierz')).toHaveLength(4)
    expect(walked).toHaveLength(4 + 4 * (demoActions.length + 2) + helperActions.length + 3 + 1)
    expect(walked.at(-1)).toBe('log')
  })

  test('the skip link leads to the desks, and a button answers to the keyboard', async () => {
    const page = await openPage()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.locator(':focus').getAttribute('id')).toBe('desks')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect.poll(() => running.asked).toEqual(['geo-03 call'])
  })

  test('a screen reader hears alarms and answers, and no chatter', async () => {
    const page = await openPage()
    const regions = page.locator('[aria-live], [role=status], [role=alert], [role=log], output')
    expect(await regions.count()).toBe(1)
    await page.evaluate(`
      globalThis.heard = []
      const region = document.querySelector('output')
      new MutationObserver(() => globalThis.heard.push(region.textContent)).observe(region, { childList: true })
    `)
    await desks['usc-12'].event('call.ring', { call: 'c1', ring: 3, ringSource: 'estimated' })
    await desks['usc-12'].event('call.answered', { call: 'c1', direction: 'in', rings: 3, inRule: true })
    await desks['usc-14'].event('hold.forced', { call: 'c4', afterMs: 8000 })
    await desks['usc-14'].event('call.resumed', { call: 'c4', direction: 'in', heldMs: 9000 })
    await expect.poll(() => page.locator('#log li').first().textContent()).toContain('goes on')
    const heard = await page.evaluate<string[]>('globalThis.heard')
    expect(heard.join('; ')).toBe('usc-12: third ring, time to answer; usc-14: put on hold, nobody at the desk')
    await card(page, 'usc-14').locator('[data-action="hold"]').click()
    await expect.poll(() => page.locator('output').textContent()).toBe('usc-14, Hold: done.')
  })
})

describe('what the page shows', () => {
  test('each desk’s phone in words and by shape, with the time that it has been so', async () => {
    const page = await openPage()
    const names = { 'usc-12': 'Ringing', 'usc-14': 'On hold', 'geo-03': 'In a call', 'kan-07': 'Away' }
    for (const [desk, name] of Object.entries(names)) {
      expect(await card(page, desk).locator('.state-name').textContent()).toBe(name)
      expect(await card(page, desk).locator('.state-icon svg').count()).toBe(1)
    }
    expect(await card(page, 'usc-14').locator('.timer').textContent()).toMatch(/^1:\d\d$/)
    expect(await card(page, 'geo-03').locator('.second').textContent()).toBe('Second call: ringing')
    expect(await card(page, 'geo-03').locator('.about').textContent()).toBe('geodezja · Grandstream GRP2614')
    expect(await card(page, 'kan-07').locator('.state-detail').textContent()).toBe('Calls go to usc-14')
    expect(await card(page, 'usc-12').locator('.facts').textContent()).toMatch(/2 open.*1 overdue/)
  })

  test('the rings as they are counted, up to the third and beyond', async () => {
    const page = await openPage()
    const rung = card(page, 'usc-12').locator('.ring[data-rung]')
    expect(await rung.count()).toBe(2)
    const ring = (count: number) =>
      desks['usc-12'].level(
        'state',
        stateOf(Date.now(), {
          calls: [{ id: 'c1', direction: 'in', state: 'alerting', since: new Date().toISOString(), ring: count, ringSource: 'estimated' }],
        }),
      )
    await ring(3)
    await expect.poll(() => rung.count()).toBe(3)
    expect(await card(page, 'usc-12').locator('.rings').getAttribute('aria-label')).toBe(
      '3rd ring of the three that the procedure allows, rings estimated from time',
    )
    await ring(5)
    await expect.poll(() => rung.count()).toBe(4)
    expect(await card(page, 'usc-12').locator('.state-detail').textContent()).toBe('5th ring')
  })

  test('a desk whose helper died, and one that is taken away', async () => {
    const page = await openPage()
    desks['usc-14'].client.stream.destroy()
    await expect.poll(() => card(page, 'usc-14').locator('.state-name').textContent()).toBe('Not connected')
    await page.screenshot({ path: join(pictures, 'desk-offline.png') })
    for (const name of ['availability', 'about', 'state']) await desks['kan-07'].level(name, '')
    await expect.poll(() => page.locator('.card').count()).toBe(3)
  })

  test('the language that was chosen, again at the next visit', async () => {
    const page = await openPage({ locale: 'de-DE' })
    expect(await page.locator('html').getAttribute('lang')).toBe('pl')
    await page.getByRole('button', { name: 'English' }).click()
    await expect.poll(() => card(page, 'usc-12').locator('.state-name').textContent()).toBe('Ringing')
    await page.reload()
    await page.locator('.card').first().waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.getByRole('button', { name: 'English' }).getAttribute('aria-pressed')).toBe('true')
  })

  test('the office’s time, wherever the browser is', async () => {
    const page = await openPage({ timezoneId: 'America/New_York' })
    const warsaw = () => new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Warsaw', hour: '2-digit', minute: '2-digit' }).format(Date.now())
    await expect.poll(async () => (await page.locator('#clock').textContent())?.includes(warsaw())).toBe(true)
  })
})

describe('what is the matter', () => {
  test('stands on the page in words and by shape until it is over, and is read out once', async () => {
    const page = await openPage()
    expect(await page.locator('#trouble').isHidden()).toBe(true)
    await page.evaluate(`
      globalThis.heard = []
      const region = document.querySelector('output')
      new MutationObserver(() => globalThis.heard.push(region.textContent)).observe(region, { childList: true })
    `)
    await makeTrouble()
    const list = page.locator('#trouble-list li')
    await expect.poll(() => list.count()).toBe(4)
    const texts = (await list.allTextContents()).join('|')
    expect(texts).toContain('usc-12 The same telephone is connected to usc-14 as well.')
    expect(texts).toContain('kan-07 The telephone refuses the password or address of its helper.since ')
    expect(await list.locator('svg').count()).toBe(4)
    await expect
      .poll(() => card(page, 'usc-14').locator('.missing').first().textContent())
      .toBe('5\u00a0events have not arrived; the hub is asking for them again')
    const late = await openPage({ locale: 'pl-PL' })
    expect((await late.locator('#trouble-list').textContent()) ?? '').toContain('Odrzucono żądania: od obcych albo zbyt liczne.')
    await desks['kan-07'].event('phone.back', {})
    await expect.poll(() => list.count()).toBe(3)
    const heard = await page.evaluate<string[]>('globalThis.heard')
    expect(heard.join('; ').match(/kan-07: The telephone refuses/g)).toHaveLength(1)
  })
})

describe('what a visitor can do', () => {
  test('every button of the demonstration sends its wish, for its own desk', async () => {
    const page = await openPage()
    const labels = await card(page, 'usc-14').locator('[data-action]').allTextContents()
    expect(labels).toHaveLength(demoActions.length + 2)
    for (const action of demoActions) {
      await card(page, 'usc-14').locator(`[data-action="${action}"]`).click()
      await expect.poll(() => running.asked).toContain(`usc-14 ${action}`)
    }
    expect(running.asked).toHaveLength(demoActions.length)
  })

  test('kills and starts the helper where it is a process of its own, and only there', async () => {
    const page = await openPage()
    expect(await page.locator('[data-action="kill-agent"]').count()).toBe(1)
    for (const action of helperActions) {
      await card(page, 'kan-07').locator(`[data-action="${action}"]`).click()
      await expect.poll(() => running.asked).toContain(`kan-07 ${action}`)
    }
  })

  test('lamp test and identify are real commands, answered by the desk', async () => {
    const page = await openPage()
    for (const command of ['lamp.test', 'identify']) {
      await card(page, 'kan-07').locator(`[data-action="${command}"]`).click()
      await expect.poll(() => desks['kan-07'].commands.map(({ name }) => name)).toContain(command)
    }
    await expect.poll(() => page.locator('#answer').textContent()).toBe('kan-07, Identify: done.')
    expect(desks['usc-12'].commands).toEqual([])
  })

  test('a wish that cannot be granted says so', async () => {
    const page = await openPage({ locale: 'pl-PL' })
    await card(page, 'usc-14').locator('[data-action="resume"]').click()
    await expect.poll(() => page.locator('#answer').textContent()).toBe('usc-14, Wznów: nie zrobiono. Teraz nie można tego zrobić.')
  })

  test('the speed of the demonstration, on every page that watches', async () => {
    const [page, other] = [await openPage(), await openPage()]
    await page.locator('[data-speed="5"]').click()
    for (const each of [page, other]) await expect.poll(() => each.locator('[data-speed="5"]').getAttribute('aria-pressed')).toBe('true')
    expect(running.asked).toEqual(['speed 5'])
    expect(await page.locator(':focus').getAttribute('data-speed')).toBe('5')
  })

  test('a lamp that is really driven is drawn as it is lit, and says so', async () => {
    const page = await openPage()
    const lamp = card(page, 'usc-14').locator('.lamp')
    const lit = async (): Promise<boolean[]> => lamp.locator('.lens').evaluateAll((lenses) => lenses.map((lens) => lens.hasAttribute('data-lit')))
    expect(await lamp.locator('.lamp-driven').isHidden()).toBe(true)
    running.lights.show('usc-14', { left: 0.8, middle: 0, right: 0.2 })
    await expect.poll(lit).toEqual([true, false, true])
    expect(await lamp.locator('.lamp-driven').isVisible()).toBe(true)
    running.lights.show('usc-14', { left: 0, middle: 0.8, right: 0 })
    await expect.poll(lit).toEqual([false, true, false])
    const late = await openPage()
    await expect.poll(() => card(late, 'usc-14').locator('.lamp-driven').isVisible()).toBe(true)
  })

  test('stop the page from changing, and let it go on', async () => {
    const [page, other] = [await openPage(), await openPage()]
    await page.getByRole('button', { name: 'Pause updates' }).click()
    expect(await page.locator('#banner').textContent()).toMatch(/^Updates are paused\. What you see is as of/)
    await desks['usc-12'].level('state', stateOf(Date.now()))
    await desks['usc-12'].event('call.missed', { call: 'c1', direction: 'in', cause: 'cancelled', rings: 3 })
    const timer = await card(page, 'usc-14').locator('.timer').textContent()
    await expect.poll(() => other.locator('#log li').first().textContent()).toContain('Missed call')
    await page.waitForTimeout(1500)
    expect(await card(page, 'usc-12').locator('.state-name').textContent()).toBe('Ringing')
    expect(await card(page, 'usc-14').locator('.timer').textContent()).toBe(timer)
    await page.getByRole('button', { name: 'Resume updates' }).click()
    await expect.poll(() => card(page, 'usc-12').locator('.state-name').textContent()).toBe('Free')
    await expect.poll(() => page.locator('#log li').first().textContent()).toContain('Missed call')
  })
})

describe('a connection that is lost', () => {
  test('is said plainly, with the time up to which all is true; and it comes back by itself', async () => {
    const page = await openPage()
    const { port } = new URL(running.urls.page)
    await running.stop()
    await expect.poll(() => page.locator('#banner').textContent()).toMatch(asOf)
    expect(await page.locator('output').textContent()).toMatch(asOf)
    expect(await page.locator('html').getAttribute('data-line')).toBe('lost')
    const before = await card(page, 'usc-14').locator('.timer').textContent()
    await page.screenshot({ path: join(pictures, 'connection-lost.png') })
    expect(await violations(page)).toEqual([])
    await page.waitForTimeout(1500)
    expect(await card(page, 'usc-14').locator('.timer').textContent()).toBe(before)
    await card(page, 'usc-14').locator('[data-action="answer"]').click()
    await expect.poll(() => page.locator('#answer').textContent()).toContain('The hub cannot be reached.')

    for (const desk of Object.values(desks)) await desk.stop()
    running = await startHub({ http: { host: '127.0.0.1', port: Number(port) } })
    desks = await sayAll(running)
    await expect.poll(() => page.locator('#banner').isHidden()).toBe(true)
    await expect.poll(() => page.locator('.card').count()).toBe(4)
    expect(await page.locator('#line').textContent()).toBe('Live')
  })

  test('of the hub with its broker is told apart', async () => {
    const broker = await startHub({ broker: { embedded: { host: '127.0.0.1', port: 0, open: true } } })
    undo.push(() => broker.stop())
    const behind = await startHub({ broker: { external: { url: broker.urls.mqtt } } })
    undo.push(() => behind.stop())
    const context = await browser.newContext({ locale: 'en-GB', viewport: wall })
    undo.push(() => context.close())
    const page = await context.newPage()
    await page.goto(behind.urls.page)
    await expect.poll(() => page.locator('#line').textContent()).toBe('Live')
    await broker.stop()
    await expect.poll(() => page.locator('#banner').textContent()).toMatch(/^The hub has lost the message broker\. What you see is as of \d\d:\d\d:\d\d\.$/)
  })
})
