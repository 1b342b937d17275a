import * as v from 'valibot'
import { brokerKinds, type OfficeConfig } from './office.ts'
import type { Rule } from './rule.ts'
import { address, file, formed, host, id, isTwice, listMax, text, topic, whole } from './values.ts'

const departmentsMax = 500
const daysMax = 3650

const portOf = (description: string) => whole(description, 1, 65_535)
const place = (description: string) =>
  formed(description, /^\/[A-Za-z0-9._/-]{0,255}$/, 'must be an absolute path of letters, digits and . _ - /, since mosquitto.conf has no quotes')

function users(description: string, fallback: string[]) {
  return v.optional(v.pipe(v.array(id('The name of a user.')), v.description(description), v.maxLength(listMax)), fallback)
}

const broker = v.pipe(
  v.strictObject({
    kind: v.optional(
      v.pipe(v.picklist(brokerKinds), v.description('Which broker the files are for; `embedded` is the one inside the hub, without encryption.')),
      'mosquitto',
    ),
    host: host('The name or address by which desks reach the broker; it is in the broker’s certificate.'),
    names: v.optional(v.pipe(v.array(host('A name or an address.')), v.description('Further ones that the certificate is for.'), v.maxLength(listMax)), []),
    port: v.optional(portOf('MQTT over TLS, login by password; of the embedded broker the port without TLS.'), 8883),
    certificatePort: v.optional(portOf('MQTT over TLS, login by client certificate.'), 8884),
    localPort: v.optional(portOf('MQTT without TLS on 127.0.0.1, for the hub on the same machine.'), 1883),
    websocketPort: v.exactOptional(portOf('MQTT over WebSocket on 127.0.0.1, for a reverse proxy. Left out: none.')),
    login: v.optional(v.pipe(v.picklist(['password', 'certificate']), v.description('How the desks log in.')), 'password'),
    certificateDays: v.optional(whole('How long certificates of broker and desks are valid.', 1, daysMax), 1095),
    directory: v.optional(place('Where the files of the broker will lie on its machine.'), '/etc/mosquitto/third-ring'),
    data: v.optional(place('Where mosquitto keeps its database.'), '/var/lib/mosquitto'),
    runsAs: v.optional(formed('The user that mosquitto runs as.', /^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user'), 'mosquitto'),
  }),
  v.title('Broker'),
  v.description('The broker of the office.'),
)

/** What stands beside the list of desks: `office.yaml`. */
export const officeSchema: v.GenericSchema<object, OfficeConfig> = v.pipe(
  v.strictObject({
    site: id('The office, in topics and file names.'),
    broker,
    users: v.optional(
      v.pipe(
        v.strictObject({
          admins: users('People who read everything and give commands; the hub is one by itself.', []),
          viewers: users('Screens and recorders that read and command nothing; one name a program.', []),
          homeAssistants: users('Home Assistants: they read, announce, and may give the commands lamp.test and identify.', []),
        }),
        v.title('Users'),
        v.description('Who uses the broker beside the desks and the hub.'),
      ),
      {},
    ),
    phone: v.optional(
      v.pipe(
        v.strictObject({
          username: v.optional(text('The user of the phones’ web interface.'), 'admin'),
          passwordFile: v.exactOptional(
            file('The file with its password, copied to every desk. Left out: put phone.password into each desk’s folder by hand.'),
          ),
          warden: v.exactOptional(address('The machine of the hub, whose warden undoes our forwarding if an agent dies; phones take commands from it, too.')),
          wardenUsername: v.exactOptional(text('The user of the phones’ web interface that the warden comes in as; left out, `username`.')),
          wardenPasswordFile: v.exactOptional(
            file('The file with the password of that user, the same on all phones; left out, the warden has the password of each desk’s phone.'),
          ),
        }),
        v.title('Telephones'),
        v.description('What all phones have in common.'),
      ),
      {},
    ),
    departments: v.optional(
      v.pipe(
        v.record(v.string(), v.strictObject({ phonePasswordFile: file('The file with the password of the phones of this department.') })),
        v.title('Departments'),
        v.description('Departments whose phones have a password of their own: `usc: {phonePasswordFile: usc.password}`.'),
        v.maxEntries(departmentsMax),
      ),
      {},
    ),
    homeAssistant: v.exactOptional(
      v.pipe(
        v.strictObject({ prefix: v.optional(topic('The discovery prefix of that Home Assistant.'), 'homeassistant') }),
        v.title('Home Assistant'),
        v.description('Whether desks announce themselves to Home Assistant. Left out: they do not.'),
      ),
    ),
    agent: v.optional(
      v.pipe(
        v.record(v.string(), v.unknown()),
        v.title('Agent'),
        v.description('Keys of the agent’s configuration that every desk shares, such as `policy`, `numbers` or `privacy`.'),
      ),
      {},
    ),
  }),
  v.title('third-ring office'),
  v.description('An office, for `third-ring provision --desks`.'),
)

/** What the list of desks says, or what the office says elsewhere. */
const ofTheList = ['site', 'desk', 'department', 'phone', 'listen', 'seat', 'lamp', 'bridge', 'substitutes', 'broker', 'homeAssistant']

export const officeConfigRules: readonly Rule<OfficeConfig>[] = [
  {
    path: 'agent',
    reads: ['agent'],
    broken: ({ agent }) => {
      const taken = ofTheList.filter((key) => Object.hasOwn(agent, key))
      return taken.length === 0 ? undefined : `must not have ${taken.join(', ')}: the list of desks and the other keys of this file say that`
    },
  },
  {
    path: 'users',
    reads: ['users'],
    broken: ({ users }) => {
      const names = ['hub', 'broker', ...users.admins, ...users.viewers, ...users.homeAssistants]
      const twice = names.find((name, place) => names.indexOf(name) !== place)
      const itself = twice === 'hub' || twice === 'broker' ? `, and the ${twice} is there by itself` : ''
      return twice === undefined ? undefined : `has the name ${twice} twice; each user has one role${itself}`
    },
  },
  {
    path: 'broker.login',
    reads: ['broker'],
    broken: ({ broker }) =>
      broker.login === 'certificate' && broker.kind !== 'mosquitto'
        ? `must be password: certificates are made for mosquitto, not for ${broker.kind}`
        : undefined,
  },
  {
    path: 'broker.port',
    reads: ['broker'],
    broken: ({ broker: { kind, port, certificatePort, localPort, websocketPort } }) =>
      kind === 'mosquitto' && isTwice([port, certificatePort, localPort, websocketPort])
        ? 'and certificatePort, localPort and websocketPort must be different ports'
        : undefined,
  },
]
