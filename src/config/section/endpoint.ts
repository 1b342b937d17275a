import * as v from 'valibot'
import type { EndpointConfig, NamedEndpointConfig } from '../config.ts'
import { formed, host, listMax, port } from '../values.ts'

/** Where something is asked over HTTP. */
export function endpoint(title: string, description: string, defaults: EndpointConfig): v.GenericSchema<object, NamedEndpointConfig> {
  const entries = {
    host: v.optional(host('The address to listen on. 127.0.0.1 is reached from this machine only.'), defaults.host),
    port: v.optional(port('The port to listen on; 0: any free one.'), defaults.port),
    names: v.exactOptional(
      v.pipe(
        v.array(formed('One name, in small letters.', /^[a-z0-9.-]{1,253}$/, 'must be a host name in small letters, without http:// and without a port')),
        v.maxLength(listMax),
        v.description(
          'Names by which it is asked for beside its address, in DNS or at a proxy; under any other one a request is refused. An addition to the contract.',
        ),
      ),
    ),
  }
  return v.pipe(v.strictObject(entries), v.title(title), v.description(description))
}
