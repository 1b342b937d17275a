import { createServer, type Server } from 'node:http'
import type { EndpointConfig } from '../config/config.ts'
import { ConfigurationError } from '../errors.ts'
import { type Metric, metricsAnswer } from '../metrics-text.ts'

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

/** A page for machines: `/healthz` in JSON and `/metrics` in Prometheus' text format. Read only, on the machine itself unless configured otherwise. */
export function createAdmin({ host, port }: EndpointConfig, source: AdminSource): Admin {
  const server: Server = createServer({ requestTimeout: 3000, headersTimeout: 3000, maxHeaderSize: 8192 }, (request, response) => {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }).end(body)
    }
    const path = (request.url ?? '').split('?', 1)[0]
    if (request.method !== 'GET') return send(405, 'text/plain', 'GET only\n')
    if (path === '/healthz') {
      source.healthz().then(
        (health) => send(health.ok ? 200 : 503, 'application/json', `${JSON.stringify(health, undefined, 2)}\n`),
        () => send(500, 'text/plain', 'health could not be read\n'),
      )
      return undefined
    }
    if (path === '/metrics') {
      source.metrics().then(
        (metrics) => {
          const { contentType, body } = metricsAnswer(metrics, request.headers.accept)
          send(200, contentType, body)
        },
        () => send(500, 'text/plain', 'metrics could not be read\n'),
      )
      return undefined
    }
    return send(404, 'text/plain', 'try /healthz or /metrics\n')
  })
  server.maxConnections = 32
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
