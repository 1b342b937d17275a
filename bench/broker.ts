import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { processorMs, residentMegabytes } from './process.ts'

const program = '/usr/sbin/mosquitto'

/** A broker in a process of its own, which can be taken away and come back. */
export interface Broker {
  readonly name: string
  readonly url: string
  start(): Promise<void>
  stop(): Promise<void>
  megabytes(): number
  cpuMs(): number
}

export async function createBroker(name: 'aedes' | 'mosquitto', directory: string): Promise<Broker> {
  if (name === 'mosquitto' && !existsSync(program)) throw new Error(`there is no ${program}: install Debian’s package and run this again`)
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  const file = join(directory, `${name}.conf`)
  const lines = ['allow_anonymous true', `listener ${port} 127.0.0.1`, `user ${userInfo().username}`, 'persistence true', `persistence_location ${directory}/`]
  // mosquitto's defaults keep a thousand messages for a consumer that is away; an office's hub may be away for longer.
  writeFileSync(file, [...lines, 'max_queued_messages 500000', 'max_inflight_messages 1000', ''].join('\n'))
  let child: ChildProcess | undefined
  return {
    name,
    url: `mqtt://127.0.0.1:${port}`,
    async start() {
      child =
        name === 'mosquitto'
          ? spawn(program, ['-c', file], { stdio: 'ignore' })
          : spawn(process.execPath, ['--import', 'tsx', new URL('fleet/aedes.ts', import.meta.url).pathname, String(port)], {
              stdio: ['ignore', 'pipe', 'inherit'],
            })
      if (child.stdout) await once(child.stdout, 'data')
      else await untilListening(port)
    },
    async stop() {
      const gone = child === undefined ? undefined : once(child, 'exit')
      child?.kill('SIGTERM')
      await gone
    },
    megabytes: () => residentMegabytes(child?.pid),
    cpuMs: () => processorMs(child?.pid),
  }
}

async function untilListening(port: number): Promise<void> {
  const answers = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
  while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 20))
}
