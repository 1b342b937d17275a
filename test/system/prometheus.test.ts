import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningAgent } from '../../src/agent/composition/compose.ts'
import { loadAgentConfig } from '../../src/config/load.ts'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'
import { deskFiles, freePort, site, startFrom } from '../agent/desk-fixture.ts'
import { type RunningHub, startHub } from '../hub/fixture.ts'

const root = join(import.meta.dirname, '../..')
const dashboardFile = join(root, 'dashboard/grafana.json')

interface Target {
  readonly expr: string
  readonly datasource: { readonly type: string; readonly uid: string }
}
interface Panel {
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly Target[]
}
interface Dashboard {
  readonly __inputs: readonly { readonly name: string; readonly type: string }[]
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
}
const dashboard = JSON.parse(readFileSync(dashboardFile, 'utf8')) as Dashboard
const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }): [string, string] => [title, expr]))

/** What may rightly be empty: an office without alarms, a machine that does not tell its temperature. */
const mayBeEmpty = new Set(['Alarms by kind', 'Temperature'])

/** Runs promtool, and throws with what it complained about. */
function promtool(words: readonly string[], input = ''): string {
  return execFileSync('/usr/bin/promtool', words, { input, encoding: 'utf8', cwd: join(root, 'test/system/prometheus'), stdio: 'pipe' })
}

function namesIn(file: string, pattern: RegExp): readonly (string | undefined)[] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(([, name]) => name)
}
const alertNames = namesIn('dashboard/alerts.yml', /alert: (\w+)/g)

describe('the alarms', () => {
  test('are rules that Prometheus takes', () => {
    expect(promtool(['check', 'rules', join(root, 'dashboard/alerts.yml')])).toContain('SUCCESS')
  })

  test('are raised by what is the matter, as long as it must last, and by nothing else', () => {
    expect(promtool(['test', 'rules', 'alerts.test.yml'])).toContain('SUCCESS')
  })

  test('each has its test', () => {
    const tested = new Set(namesIn('test/system/prometheus/alerts.test.yml', /alertname: (\w+)/g))
    expect(alertNames.filter((name) => !tested.has(name))).toEqual([])
  })
})

describe('the Grafana dashboard', () => {
  test('is one that can be imported: its source is asked for, never written in', () => {
    expect(dashboard.__inputs).toMatchObject([{ name: 'DS_PROMETHEUS', type: 'datasource' }])
    expect(dashboard.schemaVersion).toBe(39)
    const sources = [...readFileSync(dashboardFile, 'utf8').matchAll(/"uid": "([^"]*)"/g)].map(([, uid]) => uid)
    expect(new Set(sources)).toEqual(new Set(['\u0024{DS_PROMETHEUS}', 'third-ring-office']))
  })

  test('explains each panel, and shows no clerk’s figures', () => {
    for (const { type, title, description } of dashboard.panels) if (type !== 'row') expect(description, title).toMatch(/\w+/)
    for (const [title, expr] of queries) if (/third_ring_day|calls_(answered|missed)/.test(expr)) expect(expr, title).not.toMatch(/by \((desk|instance)/)
  })
})

describe('a real Prometheus beside a real agent and a real hub', () => {
  let hub: RunningHub
  let phone: EmulatedPhone
  let agent: RunningAgent
  let child: ChildProcess
  let url: string
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-prometheus-'))
  const ask = async (path: string): Promise<{ status: string; error?: string; data: unknown }> =>
    (await fetch(`${url}/api/v1/${path}`)).json() as Promise<{ status: string; error?: string; data: unknown }>

  beforeAll(async () => {
    hub = await startHub({ site, broker: { embedded: { host: '127.0.0.1', port: 0, open: true } } })
    const files = await deskFiles('usc-12', hub.urls.mqtt)
    phone = files.phone
    const { policy } = loadAgentConfig(files.configFile)
    const always = ['00:00-24:00']
    const week = { mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always }
    agent = await startFrom(files.configFile, {}, { policy: { ...policy, workingHours: { ...policy.workingHours, week } } })
    const page = new URL(hub.urls.page).host
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [join(root, 'dashboard/alerts.yml')],
      scrape_configs: [
        { job_name: 'third-ring-hub', static_configs: [{ targets: [page] }] },
        { job_name: 'third-ring-agents', static_configs: [{ targets: [`127.0.0.1:${agent.adminPort()}`] }] },
      ],
    }
    // JSON is YAML.
    writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(config))
    const words = [`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=127.0.0.1:${port}`]
    child = spawn('/usr/bin/prometheus', [...words, '--log.level=warn'], { stdio: ['ignore', 'ignore', 'inherit'] })
  })

  afterAll(async () => {
    if (child?.exitCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await agent?.stop('the test ends')
    await phone?.stop()
    await hub?.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  test.each([['the agent'], ['the hub']])('promtool has nothing to say against what %s tells', async (who) => {
    const page = who === 'the hub' ? `${hub.urls.page}metrics` : `http://127.0.0.1:${agent.adminPort()}/metrics`
    const text = await (await fetch(page)).text()
    expect(text).toMatch(/^third_ring_\w+/m)
    expect(promtool(['check', 'metrics'], text)).toBe('')
  })

  test('it scrapes both, and every query of the dashboard has its answer', async () => {
    await expect.poll(() => agent.desk().phone.reachable).toBe(true)
    for (let count = 0; count < 24; count += 1) {
      const call = phone.ring({ number: `85765${String(4000 + count)}` })
      const answered = (): number => agent.desk().day?.counts['answered'] ?? 0
      const before = answered()
      phone.answer(call)
      await expect.poll(answered).toBe(before + 1)
      phone.remoteHangsUp(call)
    }
    type Scraped = { activeTargets: { health: string; lastError: string; labels: { job: string } }[] }
    const targets = async () =>
      ((await ask('targets')).data as Scraped).activeTargets.map(({ health, lastError, labels }) => `${labels.job} ${health} ${lastError}`).sort()
    await expect.poll(targets).toEqual(['third-ring-agents up ', 'third-ring-hub up '])
    const answers = async (expr: string): Promise<{ error?: string; length: number; values: number[] }> => {
      const put = expr.replaceAll('$__rate_interval', '4s').replaceAll('$__range', '1m')
      const { error, data } = await ask(`query?query=${encodeURIComponent(put)}`)
      const result = (data as { result?: { value: [number, string] }[] } | undefined)?.result ?? []
      return { ...(error === undefined ? {} : { error }), length: result.length, values: result.map(({ value }) => Number(value[1])) }
    }
    for (const [title, expr] of queries) {
      const complaint = async (): Promise<string> => {
        const { error, length } = await answers(expr)
        return error ?? (length > 0 || mayBeEmpty.has(title) ? '' : 'nothing')
      }
      await expect.poll(complaint, { message: `${title}: ${expr}` }).toBe('')
    }
    const one = async (title: string): Promise<number | undefined> => (await answers(queries.find(([name]) => name === title)?.[1] ?? '')).values[0]
    await expect.poll(() => one('Answered by the third ring')).toBe(1)
    await expect.poll(() => one('Calls answered')).toBe(24)
    expect([await one('Desks online'), await one('Phones out of reach'), await one('Events lost')]).toEqual([1, 0, 0])
  })

  test('it takes the alarms, and none stands', async () => {
    type Rules = { groups: { rules: { name: string; health: string; state: string }[] }[] }
    const rules = async () => ((await ask('rules')).data as Rules).groups.flatMap((group) => group.rules)
    await expect.poll(async () => (await rules()).map(({ health }) => health)).toEqual(alertNames.map(() => 'ok'))
    expect((await rules()).filter(({ state }) => state === 'firing').map(({ name }) => name)).toEqual([])
  })
})
