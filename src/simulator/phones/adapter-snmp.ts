import { createSocket } from 'node:dgram'
import snmp from 'net-snmp'

/** The subtree of the adapter's ports (reference/grandstream.md §1.5 b). */
const portsOid = '1.3.6.1.4.1.42397.1.2.2'

export interface AdapterSnmp {
  readonly port: number
  setHook(text: string): void
  /** The adapter says that it has run for so long, from now on. */
  setUpMs(ms: number): void
  stop(): Promise<void>
}

/** The SNMP of an adapter, by the library's own agent, on loopback. */
export async function startAdapterSnmp(options: {
  readonly community: string
  readonly adapterPort: number
  readonly now: () => number
}): Promise<AdapterSnmp> {
  const { now } = options
  let startedAt = now() - 10_000_000
  let stopping: Promise<void> | undefined
  const port = await freeUdpPort()
  const agent = snmp.createAgent({ port, address: '127.0.0.1' }, () => {})
  agent.getAuthorizer().addCommunity(options.community)
  const mib = agent.getMib()
  const scalar = (name: string, oid: string, scalarType: number): void => {
    mib.registerProvider({ name, type: snmp.MibProviderType.Scalar, oid, scalarType, maxAccess: snmp.MaxAccess['read-only'] })
  }
  mib.registerProvider({
    name: 'sysUpTime',
    type: snmp.MibProviderType.Scalar,
    oid: '1.3.6.1.2.1.1.3',
    scalarType: snmp.ObjectType.TimeTicks,
    maxAccess: snmp.MaxAccess['read-only'],
    handler(request: { done(): void }) {
      mib.setScalarValue('sysUpTime', Math.floor((now() - startedAt) / 10))
      request.done()
    },
  })
  scalar('hookStatus', `${portsOid}.1.${options.adapterPort}`, snmp.ObjectType.OctetString)
  scalar('regStatus', `${portsOid}.2.${options.adapterPort}`, snmp.ObjectType.OctetString)
  mib.setScalarValue('hookStatus', 'On Hook')
  mib.setScalarValue('regStatus', 'Registered')
  mib.setScalarValue('sysUpTime', 0)
  return {
    port,
    setHook: (text) => mib.setScalarValue('hookStatus', text),
    setUpMs(ms) {
      startedAt = now() - ms
    },
    stop: () => (stopping ??= new Promise((resolve) => agent.close(() => resolve()))),
  }
}

/** The library cannot be told to take any free port. */
function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.once('error', reject)
    socket.bind({ address: '127.0.0.1', port: 0 }, () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}
