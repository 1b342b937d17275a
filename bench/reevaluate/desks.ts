/**
 * Many clients in one process, told what to do by the bench over IPC: `tsx desks.ts URL COUNT FIRST KIND`. Of kind `desk` each has the agent's own line to the
 * broker, the agent's own part that watches substitutes, and the core that judges what follows; of kind `bare` each is a subscriber of MQTT.js to the same topics.
 * Each reports when it had judged anew, by this machine's clock.
 */
import { connectAsync } from 'mqtt'
import { createDeskSubstitutes } from '../../src/agent/desk-substitutes.ts'
import { policyFrom } from '../../src/config/policy.ts'
import { emptyDesk, take } from '../../src/desk/desk.ts'
import type { Event } from '../../src/desk/event.ts'
import { polishNumbering } from '../../src/desk/number.ts'
import { type Policy, policyDefaults } from '../../src/desk/policy.ts'
import { createSimulatedDesk, site } from '../fleet/desk.ts'

const [url = '', count = '0', first = '0', kind = 'desk'] = process.argv.slice(2)
const always = ['00:00-24:00']
const week = { mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always }
const workingHours = { timezone: 'Europe/Warsaw', week, holidays: 'none', exceptions: {} } as const
/** All of them have the same two: a change of one is news to everybody, which is the worst that can be. */
const substitutes = [
  { desk: 'first', number: '6012' },
  { desk: 'second', number: '6014' },
]
/** Once: forty years of a time zone take a while to work out. */
const office: Policy = policyFrom({ policy: { ...policyDefaults, workingHours }, numbers: polishNumbering, substitutes })
const topics = substitutes.flatMap(({ desk }) => [`third-ring/v1/${site}/${desk}/presence`, `third-ring/v1/${site}/hub/presence/${desk}`])

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
  const part = createDeskSubstitutes({
    site,
    chain: () => substitutes,
    isChecked: () => true,
    hasAccessList: true,
    link,
    clock,
    desk: () => desk,
    emit(fact) {
      const event: Event = { ...fact, at: Math.max(desk.at, clock.now()) }
      desk = take(desk, event, policy).desk
      if (fact.type === 'substitute.seen' && fact.desk === 'first') judged(name, fact.takesCalls)
    },
  })
  await part.start()
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
