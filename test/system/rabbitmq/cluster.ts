import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../agent/desk-fixture.ts'

const run = promisify(execFile)
const root = '/usr/lib/rabbitmq/lib'
const cookie = 'third-ring-test'
const startWithinMs = 180_000

/** One node: an Erlang machine of its own with RabbitMQ and its MQTT plugin. */
export interface Node {
  readonly name: string
  readonly mqttPort: number
  start(): Promise<void>
  /** SIGKILL: the machine is gone at once. */
  kill(): Promise<void>
}

/** Three nodes of one cluster on this machine, and a load balancer before them that desks and hub connect to. */
export interface Cluster {
  readonly nodes: readonly Node[]
  /** Where desks connect: the load balancer's. */
  readonly url: string
  /** The names of the nodes that run, as the first of them that answers sees it. */
  running(): Promise<readonly string[]>
  stop(): Promise<void>
}

/** Debian's RabbitMQ from its own directory: the wrappers in the path change to another user, whom a test does not have. */
function programs(): { readonly server: string; readonly control: string } {
  const [version] = readdirSync(root).filter((name) => name.startsWith('rabbitmq_server-'))
  if (version === undefined) throw new Error(`there is no RabbitMQ in ${root}: install Debian’s rabbitmq-server`)
  return { server: join(root, version, 'sbin/rabbitmq-server'), control: join(root, version, 'sbin/rabbitmqctl') }
}

/** Starts the cluster with these users, permissions and policies (RabbitMQ's definitions, as `third-ring provision` writes them). */
export async function startCluster(definitions: string): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-rabbitmq-'))
  writeFileSync(join(directory, 'definitions.json'), definitions, { mode: 0o600 })
  writeFileSync(join(directory, '.erlang.cookie'), cookie, { mode: 0o400 })
  const epmdPort = await freePort()
  // The nodes' name service; a node that finds none starts one that outlives it.
  const epmd = spawn('/usr/bin/epmd', ['-address', '127.0.0.1', '-port', String(epmdPort)], { stdio: 'ignore' })
  await untilListening(epmdPort, epmd, [])
  const names = ['one', 'two', 'three'].map((name) => `${name}@localhost`)
  const nodes: (Node & { readonly environment: NodeJS.ProcessEnv })[] = []
  for (const name of names) nodes.push(await createNode(directory, name, names, epmdPort))
  // The first makes the cluster, the others join it: started at one moment, they may each make their own.
  for (const node of nodes) await node.start()
  const balancer = await startBalancer(directory, nodes)
  return {
    nodes,
    url: balancer.url,
    async running() {
      for (const { environment } of nodes) {
        const answer = await run(programs().control, ['--quiet', 'cluster_status', '--formatter', 'json'], { env: environment }).catch(() => undefined)
        if (answer !== undefined) return (JSON.parse(answer.stdout) as { readonly running_nodes: readonly string[] }).running_nodes
      }
      return []
    },
    async stop() {
      balancer.stop()
      for (const node of nodes) await node.kill()
      epmd.kill('SIGTERM')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function createNode(
  directory: string,
  name: string,
  all: readonly string[],
  epmdPort: number,
): Promise<Node & { readonly environment: NodeJS.ProcessEnv }> {
  const own = join(directory, name)
  mkdirSync(own)
  const [mqttPort, amqpPort, distributionPort] = [await freePort(), await freePort(), await freePort()]
  const file = (suffix: string) => join(own, suffix)
  writeFileSync(file('plugins'), '[rabbitmq_mqtt].\n')
  const peers = all.map((peer, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${peer}`)
  writeFileSync(
    file('rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${amqpPort}`,
      `mqtt.listeners.tcp.1 = 127.0.0.1:${mqttPort}`,
      'mqtt.allow_anonymous = false',
      'mqtt.vhost = /',
      'mqtt.exchange = amq.topic',
      `load_definitions = ${join(directory, 'definitions.json')}`,
      'cluster_partition_handling = pause_minority',
      'cluster_formation.peer_discovery_backend = classic_config',
      ...peers,
      'log.console = false',
      '',
    ].join('\n'),
  )
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: directory,
    RABBITMQ_NODENAME: name,
    RABBITMQ_MNESIA_BASE: file('mnesia'),
    RABBITMQ_LOG_BASE: file('log'),
    RABBITMQ_PID_FILE: file('pid'),
    RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('plugins'),
    RABBITMQ_DIST_PORT: String(distributionPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_SCHEDULER_BIND_TYPE: 'u',
  }
  let child: ChildProcess | undefined
  return {
    name,
    mqttPort,
    environment,
    async start() {
      child = spawn(programs().server, [], { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
      const said: string[] = []
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => said.push(text.toString()))
      await untilListening(mqttPort, child, said)
    },
    async kill() {
      const running = child
      child = undefined
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
      const gone = once(running, 'exit')
      // The script has started the Erlang machine as its child; both are of one group, which is ours.
      process.kill(-(running.pid ?? 0), 'SIGKILL')
      await gone
    },
  }
}

/** HAProxy, as an office would put it before a cluster: new connections go to nodes that answer. */
async function startBalancer(directory: string, nodes: readonly Node[]): Promise<{ readonly url: string; stop(): void }> {
  const port = await freePort()
  const servers = nodes.map(
    ({ mqttPort }, index) => `  server n${index + 1} 127.0.0.1:${mqttPort} check inter 500 fall 2 rise 1 on-marked-down shutdown-sessions`,
  )
  const lines = [
    ...['defaults', '  mode tcp', '  timeout connect 2s', '  timeout client 2m', '  timeout server 2m', '  retries 2', '  option redispatch 1'],
    ...['listen mqtt', `  bind 127.0.0.1:${port}`, '  balance roundrobin', ...servers, ''],
  ]
  const file = join(directory, 'haproxy.cfg')
  writeFileSync(file, lines.join('\n'))
  const child = spawn('/usr/sbin/haproxy', ['-db', '-f', file], { stdio: 'ignore' })
  await untilListening(port, child, [])
  return { url: `mqtt://127.0.0.1:${port}`, stop: () => void child.kill('SIGTERM') }
}

async function untilListening(port: number, child: ChildProcess, said: readonly string[]): Promise<void> {
  const until = performance.now() + startWithinMs
  while (performance.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}:\n${said.join('')}`)
    const answers = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (answers) return
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error(`nobody listens on port ${port} after ${startWithinMs / 1000} s:\n${said.join('')}`)
}
