import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connectAsync } from 'mqtt'
import * as v from 'valibot'
import { describe, expect, onTestFinished, test } from 'vitest'
import { discoveryMessage } from '../../src/mqtt/home-assistant/discovery.ts'
import { exampleEvent, exampleLevels } from '../../src/mqtt/published/examples.ts'
import { deviceDiscovery, topicMatcher } from '../mqtt/home-assistant-rules.ts'
import { createBusyDesk, haveBusyMinute, heardOf } from './busy-desk.ts'
import { startMosquitto } from './mosquitto.ts'
import { startMosquittoSub } from './mosquitto-sub.ts'

type Component = Readonly<Record<string, unknown>> & {
  readonly platform: string
  readonly state_topic?: string
  readonly value_template?: string
  readonly command_topic?: string
  readonly command_template?: string
  readonly options?: readonly string[]
  readonly event_types?: readonly string[]
  readonly unit_of_measurement?: string
  readonly state_class?: string
  readonly device_class?: string
}
interface Discovery {
  readonly availability_topic: string
  readonly state_topic: string
  readonly components: Readonly<Record<string, Component>>
}

/** Debian's Jinja, the engine of Home Assistant's templates. */
function startJinja(): { render(template: string, payload?: string): Promise<string> } {
  const child: ChildProcess = spawn('/usr/bin/python3', [join(import.meta.dirname, 'home-assistant/render.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const waiting: ((line: string) => void)[] = []
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => waiting.shift()?.(line))
  return {
    async render(template, payload) {
      const answer = new Promise<string>((resolve) => waiting.push(resolve))
      child.stdin?.write(`${JSON.stringify(payload === undefined ? { template } : { template, payload })}\n`)
      const { result, error } = JSON.parse(await answer) as { result?: string; error?: string }
      if (result === undefined) throw new Error(`${template} of ${payload}: ${error}`)
      return result
    },
  }
}

/** What Home Assistant would refuse of a state, by its platform (sensor.py, binary_sensor.py, event.py, sensor/__init__.py). */
function stateFault(component: Component, state: string): string | undefined {
  const { platform, options, event_types, unit_of_measurement, state_class, device_class } = component
  if (platform === 'binary_sensor') return ['True', 'False', 'None'].includes(state) ? undefined : 'neither on nor off'
  if (platform === 'event') {
    const { event_type, ...attributes } = JSON.parse(state)
    if (!event_types?.includes(event_type)) return `an unknown type ${event_type}`
    return 'id' in attributes && 'time' in attributes ? undefined : 'no attributes'
  }
  if (state === 'None') return undefined
  if (options !== undefined) return options.includes(state) ? undefined : 'none of the options'
  if (device_class === 'timestamp') return Number.isNaN(Date.parse(state)) ? 'no moment' : undefined
  const numeric = unit_of_measurement !== undefined || state_class !== undefined
  return numeric && !/^-?\d+(\.\d+)?$/.test(state) ? 'no number' : undefined
}

const whole = { site: 'um-bialystok', desk: 'usc-12', department: 'usc', version: '0.1.0' } as const
const topic = 'homeassistant/device/usc-12/config'

describe('a desk with homeAssistant.discovery, on mosquitto', () => {
  test('announces itself once, retained, as Home Assistant accepts it, and every template makes a state of what it really says', async () => {
    const broker = await startMosquitto()
    const { read } = await startMosquittoSub(broker.port, ['third-ring/#', 'homeassistant/#'])
    const desk = await createBusyDesk(broker.url, 'usc-12', ['homeAssistant: { discovery: true }', 'department: usc'])
    await haveBusyMinute(desk, read)

    const { read: kept } = await startMosquittoSub(broker.port, ['homeassistant/#'])
    await expect.poll(() => kept.map((each) => [each.topic, each.retain])).toEqual([[topic, true]])
    expect(topicMatcher.test(topic.replace('homeassistant/', ''))).toBe(true)
    const text = kept[0]?.payload ?? ''
    expect(Buffer.byteLength(text)).toBeLessThan(10_240)
    const payload = JSON.parse(text) as Discovery
    expect(v.safeParse(deviceDiscovery, payload).issues?.map(({ message }) => message) ?? []).toEqual([])
    expect(payload.availability_topic).toBe(`${desk.root}/availability`)

    const jinja = startJinja()
    const seen = new Map<string, Set<string>>()
    for (const [key, component] of Object.entries(payload.components)) {
      if (component.platform === 'button') continue
      const from = component.state_topic ?? payload.state_topic
      const payloads = read.filter((each) => each.topic === from).map((each) => each.payload)
      expect(payloads, `${key} hears nothing on ${from}`).not.toEqual([])
      const states = new Set<string>()
      for (const each of payloads) {
        const state = await jinja.render(component.value_template ?? '', each)
        expect(stateFault(component, state), `${key}: ${state} of ${each}`).toBeUndefined()
        states.add(component.platform === 'event' ? JSON.parse(state).event_type : state)
      }
      seen.set(key, states)
    }
    // Each followed what happened.
    expect([...(seen.get('call') ?? [])].sort()).toEqual(['alerting', 'connected', 'held', 'idle', 'initiated'])
    for (const ring of ['0', '1', '2', '3']) expect(seen.get('ring')).toContain(ring)
    expect(seen.get('phone')).toContain('True')
    expect(seen.get('lamp')?.size).toBeGreaterThan(3)
    // Missed, then lost on hold; the one is called back.
    for (const open of ['0', '1', '2']) expect(seen.get('callbacks_open')).toContain(open)
    expect(seen.get('offered_today')).toContain('3')
    expect(seen.get('do_not_disturb')).toContain('True')
    expect(seen.get('event')).toEqual(new Set(heardOf(read, desk.root).types()))
  })

  test('obeys its buttons: what their templates make is a command that the desk takes, each time', async () => {
    const broker = await startMosquitto()
    const { read } = await startMosquittoSub(broker.port, ['third-ring/#', 'homeassistant/#'])
    const desk = await createBusyDesk(broker.url, 'usc-12', ['homeAssistant: { discovery: true }'])
    const { on } = heardOf(read, desk.root)
    desk.start()
    await expect.poll(() => read.filter((each) => each.topic === topic).length).toBe(1)
    const { components } = JSON.parse(read.find((each) => each.topic === topic)?.payload ?? '{}') as Discovery
    const jinja = startJinja()
    let presses = 0
    for (const { command_topic = '', command_template = '' } of [components['lamp_test'], components['identify'], components['identify']].filter(
      (each) => each !== undefined,
    )) {
      await desk.publish(command_topic, await jinja.render(command_template))
      presses += 1
      await expect.poll(() => on('reply').length).toBe(presses)
    }
    expect(on('reply').map((each) => JSON.parse(each).ok)).toEqual([true, true, true])
  })

  test('answers a restart of Home Assistant, and leaves nothing behind when discovery is switched off', async () => {
    const broker = await startMosquitto()
    const { read } = await startMosquittoSub(broker.port, ['homeassistant/#', 'third-ring/+/+/availability'])
    const desk = await createBusyDesk(broker.url, 'usc-12', ['homeAssistant: { discovery: true }'])
    writeFileSync(desk.configFile, readFileSync(desk.configFile, 'utf8').replace('vendor: yealink,', 'vendor: yealink, model: SIP-T46U,'))
    const announced = () => read.filter((each) => each.topic === topic)
    desk.start()
    await expect.poll(() => announced().length).toBe(1)
    // Nothing else makes it say so again: the phone's model is in the file.
    await desk.publish('homeassistant/status', 'online')
    await expect.poll(() => announced().map(({ payload }) => payload), { timeout: 80_000 }).toEqual(Array(2).fill(announced()[0]?.payload))
    expect(announced()[0]?.payload).toContain('SIP-T46U')
    await desk.stop()
    expect(announced().at(-1)?.payload).not.toBe('')
    writeFileSync(desk.configFile, readFileSync(desk.configFile, 'utf8').replace('homeAssistant: { discovery: true }', 'homeAssistant: { discovery: false }'))
    desk.start()
    await expect.poll(() => announced().at(-1)?.payload).toBe('')
    const client = await connectAsync(broker.url)
    onTestFinished(() => client.endAsync(true))
    const late: string[] = []
    client.on('message', (name) => late.push(name))
    await client.subscribeAsync(['homeassistant/#', `${desk.root}/about`])
    await expect.poll(() => late).toContain(`${desk.root}/about`)
    expect(late).not.toContain(topic)
  })
})

describe('the templates of a desk with everything', () => {
  const phone = { make: 'yealink', model: undefined } as const
  const { payload } = discoveryMessage('homeassistant', { ...whole, phone, warnAtRing: 3, lamp: true, bridge: true })
  const { components, state_topic } = JSON.parse(payload) as Discovery
  const known: Readonly<Record<string, unknown>> = { ...exampleLevels, event: exampleEvent('call.answered', 7) }

  /** The state of each entity, where the levels are these. */
  async function statesOf(levels: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, string>>> {
    const jinja = startJinja()
    const states: Record<string, string> = {}
    for (const [key, { platform, value_template = '', state_topic: own = state_topic }] of Object.entries(components)) {
      if (platform !== 'button') states[key] = await jinja.render(value_template, JSON.stringify(levels[own.slice(own.lastIndexOf('/') + 1)]))
    }
    return states
  }

  test('say what the levels say', async () => {
    expect(await statesOf(known)).toEqual({
      call: 'alerting',
      ring: '3',
      ring_overdue: 'False',
      lamp: 'ring-warning',
      callbacks_open: '2',
      callbacks_overdue: '1',
      forwarded: 'True',
      forwarded_to: 'usc-14',
      phone: 'True',
      do_not_disturb: 'False',
      offered_today: '9',
      answered_today: '8',
      in_rule_today: '7',
      missed_today: '1',
      fault: 'False',
      clock: 'False',
      bridge: 'True',
      unsent: '3',
      oldest_unsent: '2026-11-23T07:59:58.000Z',
      temperature: '48.3',
      memory: '78000000',
      disk_free: '25000000000',
      event: expect.stringContaining('"event_type": "call.answered"'),
    })
  })

  test('say that it is not known where it is not, and see faults', async () => {
    const { state, health, day } = exampleLevels
    const [call] = state.calls
    const levels = {
      ...known,
      state: {
        ...state,
        phone: { reachable: null, hook: null, dnd: null },
        calls: [
          { ...call, state: 'held', ring: null },
          { ...call, ring: 4 },
        ],
        forwarding: { state: 'unknown', target: null, owner: null, until: null },
      },
      day: { ...day, counts: {} },
      health: {
        ...health,
        clock: 'unsynced',
        bridge: null,
        temperatureC: null,
        diskFreeBytes: null,
        oldestUnsentAt: null,
        seat: { driver: 'gpio', plausible: false },
      },
    }
    expect(await statesOf(levels)).toMatchObject({
      call: 'alerting',
      ring: '4',
      ring_overdue: 'True',
      forwarded: 'None',
      forwarded_to: 'nobody',
      phone: 'None',
      do_not_disturb: 'None',
      missed_today: '0',
      fault: 'True',
      clock: 'True',
      bridge: 'None',
      temperature: 'None',
      disk_free: 'None',
      oldest_unsent: 'None',
    })
  })

  test('see each fault of the desk', async () => {
    const { health } = exampleLevels
    const faults = [
      { phone: { ...health.phone, reachable: false, fault: 'HTTP 401' } },
      { phone: { ...health.phone, silent: true } },
      { seat: { ...health.seat, plausible: false } },
      { lamp: { ...health.lamp, ok: false } },
      { diskReadOnly: true },
      { underVoltage: true },
    ]
    for (const fault of faults) expect(await statesOf({ ...known, health: { ...health, ...fault } }), JSON.stringify(fault)).toMatchObject({ fault: 'True' })
    expect(await statesOf({ ...known, health: { ...health, bridge: { ...health.bridge, connected: false, fault: 'unplugged' } } })).toMatchObject({
      fault: 'True',
      bridge: 'False',
    })
  })
})
