/**
 * The least program that does what the agent is measured by: takes a GET, publishes one JSON message with QoS 1, and says on the broker that it is
 * there. No rules, no state, no disk, no limits. Plain JavaScript, so that it starts as the compiled agent does.
 */
import { createServer } from 'node:http'
import { connect } from 'mqtt'

const [brokerUrl, port] = process.argv.slice(2)
const root = 'third-ring/v1/bench/floor'
const client = connect(brokerUrl, { clientId: 'floor', protocolVersion: 4 })
let sequence = 0

const server = createServer((request, response) => {
  response.end('OK')
  sequence += 1
  const url = new URL(request.url, 'http://floor')
  client.publish(`${root}/event`, JSON.stringify({ sequence, type: url.pathname.split('/').at(-1), call: url.searchParams.get('c') }), { qos: 1 })
})
client.once('connect', () => {
  server.listen(Number(port), '127.0.0.1', () => client.publish(`${root}/availability`, 'online', { qos: 1, retain: true }))
})
