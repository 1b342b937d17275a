import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { createBrokerLink } from '../../src/mqtt/link/broker-link.ts'

/** A desk in a process of its own, whose telephone rings for ever: to be killed. */
const [, , url = '', caFile] = process.argv
const say = (fields: object, message: string) => console.info(JSON.stringify({ ...fields, message }))
const store = { epoch: 'none', acknowledged: 0, unsent: 0, lastSequence: 0, eventsAfter: async () => [], eventsOf: async () => [], acknowledge: () => {} }
const link = createBrokerLink({
  site: 'um',
  desk: 'usc-1',
  access: { url, username: 'usc-1', ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }) },
  store,
  clock: { now: () => performance.now(), wall: () => Date.now() },
  random: Math.random,
  log: { info: say, warn: say },
  onCommand: () => {},
})
link.set('state', { calls: [{ id: 'c1', state: 'alerting' }], lamp: 'ring-warning' })
await link.start()
