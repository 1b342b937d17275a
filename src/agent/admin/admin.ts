import { createServer, type IncomingMessage, type Server } from 'node:http'
import { isIP } from 'node:net'
import type { NamedEndpointConfig } from '../../config/config.ts'
import { ConfigurationError } from '../../errors.ts'
import { plainAddress } from '../../http/addresses.ts'
import { hostAllowed } from '../../http/host.ts'
import { limitConnections } from '../../http/limit-connections.ts'
import { createRateLimit } from '../../http/rate.ts'
import { answerFaults, securityHeaders } from '../../http/security-headers.ts'
import { type Metric, metricsAnswer } from '../../metrics-text.ts'

export interface AdminSource {
  /** All that a person wants to know when something is wrong; `ok` decides the status. */
  healthz(): Promise<{ readonly ok: boolean; readonly [key: string]: unknown }>
  metrics(): Promise<readonly Metric[]>
}

export interface Admin {
  start(): Promise<void>
  stop(): Promise<void>
  port(): number
}

/** Prometheus asks some times a minute, a person now and then; the machine has better things to do than to answer more than this. */
export const adminLimits = {
  requestMs: 3000,
  headBytesMax: 8192,
  connectionsMax: 32,
  connectionsPerAddressMax: 16,
  rate: { burst: 100, perSecond: 20, addressesMax: 64 },
} as const

interface Answer {
  readonly status: number
  readonly type?: string
  readonly text: string
}

/**
 * A page for machines: `/healthz` in JSON and `/metrics` in Prometheus' text format. Read only, on the machine itself unless configured otherwise. It
 * answers under its address, under `admin.host`, and under `admin.names`: a web page of somebody else's, re-pointed here, can ask under none of them.
 */
export function createAdmin({ host, port, names = [] }: NamedEndpointConfig, source: AdminSource): Admin {
  const mayAsk = createRateLimit(adminLimits.rate)
  const ours = isIP(host) === 0 ? [host.toLowerCase(), ...names] : names
  const { requestMs, headBytesMax } = adminLimits
  const server: Server = createServer(
    { requestTimeout: requestMs, headersTimeout: requestMs, maxHeaderSize: headBytesMax, requireHostHeader: false },
    (request, response) => {
      response.on('error', () => {})
      void answer(request).then(({ status, type = 'text/plain', text }) => response.writeHead(status, { ...securityHeaders, 'content-type': type }).end(text))
    },
  )
  limitConnections(server, adminLimits)
  answerFaults(server)

  async function answer(request: IncomingMessage): Promise<Answer> {
    if (!hostAllowed(request, ours)) return { status: 421, text: 'this name is not one of this agent; see admin.names\n' }
    if (!mayAsk(plainAddress(request.socket.remoteAddress ?? ''), performance.now())) return { status: 429, text: 'too often; wait a moment\n' }
    if (request.method !== 'GET') return { status: 405, text: 'GET only\n' }
    switch ((request.url ?? '').split('?', 1)[0]) {
      case '/healthz':
        return source.healthz().then(healthAnswer, () => ({ status: 500, text: 'health could not be read\n' }))
      case '/metrics':
        return source.metrics().then(
          (metrics) => metricsText(metrics, request.headers.accept),
          () => ({ status: 500, text: 'metrics could not be read\n' }),
        )
      default:
        return { status: 404, text: 'try /healthz or /metrics\n' }
    }
  }

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
          reject(
            new ConfigurationError(
              'LISTEN_FAILED',
              `admin.host, admin.port: cannot listen on ${host}:${port} (${error.code}); free the port or choose another`,
            ),
          )
        })
        server.listen(port, host, resolve)
      }),
    async stop() {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
    port() {
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : port
    },
  }
}

function metricsText(metrics: readonly Metric[], accept: string | undefined): Answer {
  const { contentType, body } = metricsAnswer(metrics, accept)
  return { status: 200, type: contentType, text: body }
}

function healthAnswer(health: Awaited<ReturnType<AdminSource['healthz']>>): Answer {
  return { status: health.ok ? 200 : 503, type: 'application/json', text: `${JSON.stringify(health, undefined, 2)}\n` }
}
