import type * as v from 'valibot'
import type { NamedEndpointConfig, WrittenAgent } from '../config.ts'
import type { Rule } from '../rule.ts'
import { endpoint } from './endpoint.ts'

export const admin: v.GenericSchema<object, NamedEndpointConfig> = endpoint(
  'Health and metrics',
  'Health and metrics: `/healthz` (JSON) and `/metrics` (Prometheus).',
  { host: '127.0.0.1', port: 8788 },
)

export const adminRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'admin.port',
    reads: ['listen.host', 'listen.port', 'admin'],
    broken: ({ listen, admin }) => {
      const meet = listen.host === admin.host || [listen.host, admin.host].some((host) => host === '0.0.0.0' || host === '::')
      return meet && listen.port === admin.port && admin.port !== 0 ? 'is also listen.port; the two must differ' : undefined
    },
  },
]
