// What is around the desk in the guest: an emulated Yealink that speaks HTTP and wants its password, and the office's broker, where the substitute says that
// it takes calls. The agent is a unit of its own, and all between the two goes over the wire.
import { once } from 'node:events'
import { createServer } from 'node:net'

const library = '/usr/lib/third-ring'
/** A substitute who has not been heard of for two and a half minutes counts as gone. */
const presenceEveryMs = 30_000

/** Microseconds of the machine's monotonic clock, by which systemd's journal counts as well. */
export const nowUs = () => Number(process.hrtime.bigint() / 1000n)

export async function openOffice({ site, desk, substitute, password, agentUrl }) {
  const [{ Aedes }, { createYealinkPhone }] = await Promise.all([
    import(`${library}/node_modules/aedes/aedes.js`),
    import(`${library}/dist/simulator/phones/index.js`),
  ])
  const phone = createYealinkPhone({ mac: '001565aabbcc', model: 'SIP-T46U', firmware: '108.86.0.20', agentUrl, username: 'admin', password })
  await phone.start()
  const broker = await Aedes.createBroker()
  const root = `third-ring/v1/${site}`
  const publish = (topic, body, retain = false) => {
    const packet = { topic: `${root}/${topic}`, payload: typeof body === 'string' ? body : JSON.stringify(body), qos: 1, retain }
    broker.publish(packet, () => {})
  }
  const said = new Map()
  const hear = ({ topic, payload }, done) => {
    said.set(topic.slice(`${root}/${desk}/`.length), payload.toString())
    done()
  }
  broker.subscribe(`${root}/${desk}/#`, hear, () => {})
  const takeCalls = () => {
    const at = new Date().toISOString()
    publish(`${substitute}/availability`, 'online', true)
    publish(`${substitute}/presence`, { v: 1, at, takesCalls: true, substituting: null }, true)
    publish(`hub/presence/${substitute}`, { v: 1, at, online: true, standsInFor: [] }, true)
  }
  takeCalls()
  setInterval(takeCalls, presenceEveryMs).unref()
  const server = createServer(broker.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    phoneUrl: phone.url(),
    brokerUrl: `mqtt://127.0.0.1:${server.address().port}`,
    /** From now on the phone takes every request and answers none, or is itself again. */
    setSilent(silent) {
      phone.faults.silent = silent
    },
    /** Where the phone sends the calls that ring in vain. */
    target: () => phone.forwarding()['no-answer']?.target,
    /** When the phone was last told to forward no more, and obeyed. */
    freedUs() {
      const told = phone.commands.findLast(({ request, status }) => request.includes('FwdOff') && status === 200)
      return told === undefined ? undefined : nowUs() - Math.round((performance.now() - told.at) * 1000)
    },
    /** What the desk has said so far. */
    forget: () => said.clear(),
    isOnline: () => said.get('availability') === 'online',
    /** What the desk itself shows of its forwarding. */
    shown: () => JSON.parse(said.get('state') ?? '{}').forwarding,
    command: (name, body) => publish(`${desk}/command/${name}`, { id: name, expires: new Date(Date.now() + 50_000).toISOString(), ...body }),
  }
}
