/**
 * Many clients in one process, told what to do by the bench over IPC: `tsx desks.ts URL COUNT FIRST KIND`. Of kind `desk` each has the agent's own line to the
 * broker, the agent's own parts that read the office's directory and watch substitutes, and the core that judges what follows; of kind `bare` each is a
 * subscriber of MQTT.js to the same topics. Each reports when it had judged anew, by this machine's clock.
 */
import { connectAsync } from 'mqtt'
import { createDeskDirectory } from '../../src/agent/office/directory.ts'
import { createDeskSubstitutes } from '../../src/agent/office/substitutes.ts'
import { policyFrom } from '../../src/config/policy.ts'
import { emptyDesk, take } from '../../src/desk/desk.ts'
import type { Event, Fact } from '../../src/desk/event.ts'
import { polishNumbering } from '../../src/desk/number.ts'
import { type Policy, policyDefaults } from '../../src/desk/policy.ts'
import { chainOf } from '../../src/desk/substitutes.ts'
import { createSimulatedDesk, site } from '../fleet/desk.ts'

const [url = '', count = '0', first = '0', kind = 'desk'] = process.argv.slice(2)
const always = ['00:00-24:00']
const week = { mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always }
const workingHours = { timezone: 'Europe/Warsaw', week, holidays: 'none', exceptions: {} } as const
/** Once: forty years of a time zone take a while to work out. */
const office: Policy = policyFrom({ policy: { ...policyDefaults, workingHours }, numbers: polishNumbering, substitutes: [] })
const topics = ['first', 'second'].flatMap((desk) => [`third-ring/v1/${site}/${desk}/presence`, `third-ring/v1/${site}/hub/presence/${desk}`])

const judged = (name: string, takesCalls: boolean): void => void process.send?.({ desk: name, takesCalls, at: performance.timeOrigin + performance.now() })

async function startDesk(name: string): Promise<void> {
  const policy: Policy = { ...office, desk: name }
  const clock = {
    now: () => Math.floor(performance.now()),
    wall: () => Date.now(),
    synced: () => true,
    wakeAt(instant: number, wake: () => void) {
      const timer = setTimeout(wake, Math.max(0, instant - performance.now()))
      return () => clearTimeout(timer)
    },
  }
  const { link } = createSimulatedDesk(name, url)
  let desk = emptyDesk(clock.now())
  const emit = (fact: Fact): void => {
    const event: Event = { ...fact, at: Math.max(desk.at, clock.now()) }
    desk = take(desk, event, policy).desk
    if (fact.type === 'directory.seen') watching.changed()
    if (fact.type === 'substitute.seen' && fact.desk === 'first') judged(name, fact.takesCalls)
  }
  const ground = { site, link, clock, desk: () => desk, emit }
  const watching = createDeskSubstitutes({ ...ground, chain: () => chainOf(desk, policy), isChecked: () => true, hasAccessList: true })
  await watching.start()
  await createDeskDirectory({ ...ground, name, log: { warn: (_, sentence) => console.error(name, sentence) } }).start()
  await link.start()
}

async function startBare(name: string): Promise<void> {
  const client = await connectAsync(url, { clientId: name, protocolVersion: 4 })
  let before: unknown
  client.on('message', (topic, payload) => {
    if (topic !== topics[0]) return
    const { takesCalls } = JSON.parse(payload.toString())
    if (takesCalls !== before) judged(name, takesCalls)
    before = takesCalls
  })
  await client.subscribeAsync(topics, { qos: 1 })
}

for (let index = 0; index < Number(count); index += 1) {
  const name = `${kind}${Number(first) + index}`
  await (kind === 'desk' ? startDesk(name) : startBare(name))
}
process.on('message', () => process.exit(0))
process.on('disconnect', () => process.exit(0))
