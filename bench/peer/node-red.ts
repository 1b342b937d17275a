import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Node-RED's own files in a directory: on loopback, without its editor, and a flow that does what the floor does, with the nodes one would take for it. */
export function writeFlow(userDirectory: string, port: number, brokerUrl: string): readonly string[] {
  mkdirSync(userDirectory, { recursive: true })
  const settings = {
    uiPort: port,
    uiHost: '127.0.0.1',
    httpAdminRoot: false,
    flowFile: 'flows.json',
    credentialSecret: false,
    logging: { console: { level: 'error' } },
  }
  writeFileSync(join(userDirectory, 'settings.js'), `module.exports = ${JSON.stringify(settings)}\n`)
  writeFileSync(join(userDirectory, 'flows.json'), JSON.stringify(flow(brokerUrl)))
  return ['--userDir', userDirectory, '--settings', join(userDirectory, 'settings.js')]
}

function flow(brokerUrl: string): readonly object[] {
  const { hostname, port } = new URL(brokerUrl)
  const root = 'third-ring/v1/bench/node-red'
  const publish = `const [sequence] = [(context.get('sequence') || 0) + 1]
context.set('sequence', sequence)
const event = { topic: '${root}/event', payload: { sequence, type: msg.req.params.event, call: msg.req.query.c } }
return [event, { ...msg, payload: 'OK' }]`
  return [
    { id: 'tab', type: 'tab', label: 'action URLs' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: hostname,
      port,
      clientid: 'node-red',
      autoConnect: true,
      protocolVersion: '4',
      keepalive: '60',
      cleansession: true,
      birthTopic: `${root}/availability`,
      birthQos: '1',
      birthRetain: 'true',
      birthPayload: 'online',
    },
    { id: 'in', z: 'tab', type: 'http in', url: '/yealink/:token/:event', method: 'get', wires: [['do']] },
    { id: 'do', z: 'tab', type: 'function', func: publish, outputs: 2, wires: [['out'], ['answer']] },
    { id: 'out', z: 'tab', type: 'mqtt out', broker: 'broker', qos: '1', retain: 'false' },
    { id: 'answer', z: 'tab', type: 'http response', statusCode: '200' },
  ]
}
