import type * as v from 'valibot'
import type { NamedEndpointConfig, WrittenHub } from '../config.ts'
import type { Rule } from '../rule.ts'
import { endpoint } from './endpoint.ts'

export const livePage: v.GenericSchema<object, NamedEndpointConfig> = endpoint('Live page', 'Where the live page is served.', { host: '127.0.0.1', port: 8080 })

export const livePageRules: readonly Rule<WrittenHub>[] = [
  {
    path: 'http.port',
    reads: ['http', 'broker'],
    broken: ({ http, broker }) => {
      const other = broker?.embedded
      return other !== undefined && http.port !== 0 && other.port === http.port && other.host === http.host ? 'is also the port of the broker' : undefined
    },
  },
]
