import * as v from 'valibot'
import { type Numbering, polishNumbering } from '../desk/number.ts'
import { limits } from '../desk/policy.ts'
import { type BridgeThresholds, bridgeThresholds } from './bridge-thresholds.ts'
import {
  type BridgeConfig,
  type ForwardingConfig,
  forwardWays,
  type GpioConfig,
  type LampConfig,
  type LogWord,
  logLevels,
  type SeatConfig,
  type SipConfig,
  type WrittenAgent,
  type WrittenHub,
} from './config.ts'
import { patternFault, patternLengthMax } from './pattern.ts'
import { policySchema } from './policy-schema.ts'
import { address, dialled, file, formed, host, id, mac, port, someHours, text, topic, url, whole } from './values.ts'

/**
 * The one description of the configuration (contract §2): what may be written, what it means, its defaults and bounds. The loader checks by it,
 * the published JSON Schema and the reference page are generated from it. Rules between keys are in `rules.ts`.
 */
const brokerSchemes = ['mqtt', 'mqtts', 'ws', 'wss'] as const
/** The largest line number of any header chip; Raspberry Pi 4 has 58 lines. */
const lineMax = 511
/** A contact bounces for some milliseconds; one that needs longer than a second is not a contact. */
const debounceMs = { min: 20, default: 100, max: 1000 }
const listMax = 64
/** Nobody waits for a ninth. */
export const substitutesMax = 8
/** Absent desks that one desk may stand in for at once; more is a slip of the pen. */
export const absenteesMax = 50
/** The most ports that an adapter of this family has. */
const portsMax = 8

const site = id('The office, in topics and file names.')
const line = (description: string) => whole(description, 0, lineMax)
const chip = v.exactOptional(text('The label of the GPIO chip; left out, the chip of the header of a Raspberry Pi is found by itself.'))

const led = (description: string) =>
  formed(description, /^[A-Za-z0-9_][A-Za-z0-9_:.+-]{0,63}$/, 'must be the name of a light in /sys/class/leds: letters, digits and _ : . + -')

function endpoint(title: string, description: string, defaults: { readonly host: string; readonly port: number }) {
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
  return v.optional(v.pipe(v.strictObject(entries), v.title(title), v.description(description)), {})
}

const log = v.optional(
  v.pipe(
    v.strictObject({ level: v.optional(v.pipe(v.picklist(logLevels), v.description('The least important lines that are written.')), 'info') }),
    v.title('Log'),
    v.description('The log: JSON lines on standard output, readable text on a terminal.'),
  ),
  {},
)

/** A regular expression, tried on a line of the adapter's log without regard to capitals. */
function pattern(meaning: string) {
  return v.exactOptional(
    v.pipe(
      v.string(),
      v.description(`The line that says: ${meaning}.`),
      v.nonEmpty('must not be empty'),
      v.maxLength(patternLengthMax),
      v.check(
        (value) => patternFault(value) === undefined,
        (issue) => patternFault(issue.input) ?? '',
      ),
    ),
  )
}

const patternEntries: Record<LogWord, ReturnType<typeof pattern>> = {
  offHook: pattern('the handset is up'),
  onHook: pattern('the handset is down'),
  flash: pattern('the hook was flashed'),
  localRing: pattern('a call comes in. The groups `(?<number>…)` and `(?<uri>…)`, where it has them, are who calls'),
  ringStart: pattern('the adapter begins to ring the telephone'),
  ringStop: pattern('it stops ringing'),
  remoteConnect: pattern('the other party has answered'),
  callStarted: pattern('a call that came in was taken'),
  hold: pattern('the call was put on hold'),
  unhold: pattern('the call was taken back'),
  remoteDisconnect: pattern('the other party has hung up'),
  callCancelled: pattern('a call that came in was given up'),
  callCompleted: pattern('the adapter is done with the call'),
  refer: pattern('the other party transfers the call'),
}

const snmp = v.pipe(
  v.strictObject({
    address: address('The address of the adapter.'),
    port: v.optional(whole('Its SNMP port; 162 on some firmware.', 1, 65_535), 161),
    communityFile: file('The file with the community, one line; it is sent in clear (SNMP v2c).'),
  }),
  v.description('Where the adapter says what its hook is now, for after a restart: SNMP v2c, read only.'),
)

const analogue = v.strictObject({
  vendor: v.pipe(v.literal('analogue'), v.description('A telephone behind an analogue adapter or on the line of the bridge. It takes no commands.')),
  mac: v.exactOptional(mac('The MAC address of the adapter. Log lines that name another one are then refused.')),
  model: v.exactOptional(text('The model of the adapter.')),
  port: v.optional(whole('The port of the adapter that this telephone is on, as printed on it.', 1, portsMax), 1),
  portInLog: v.exactOptional(whole('The number that the adapter’s log has for this port; left out, one less than `port`.', 0, portsMax)),
  patterns: v.optional(
    v.pipe(
      v.strictObject(patternEntries),
      v.description('Regular expressions for firmware that words its log otherwise; `third-ring doctor --calibrate` tells which are needed.'),
    ),
    {},
  ),
  snmp: v.exactOptional(snmp),
})

const phone = v.pipe(
  v.variant('vendor', [
    v.strictObject({
      vendor: v.pipe(v.picklist(['yealink', 'grandstream']), v.description('A desk telephone of this maker, which takes commands through its web interface.')),
      url: url('Where the phone takes commands: the address of its web interface.', ['http', 'https']),
      username: v.optional(text('The user of the web interface.'), 'admin'),
      passwordFile: file('The file with the password of that user; in a second line the one before, which is tried once where the phone refuses the new one.'),
      mac: v.exactOptional(mac('The MAC address of the phone, in any usual spelling. Another phone’s events are then refused.')),
      model: v.exactOptional(text('The model, such as T46U: looked up in the table of capabilities.')),
      warden: v.exactOptional(
        address('The machine that undoes our forwarding if this one dies; the phone is told to take commands from it, too. An addition to the contract.'),
      ),
    }),
    analogue,
  ]),
  v.title('Telephone'),
  v.description('The telephone of this desk.'),
)

const listen = v.pipe(
  v.strictObject({
    host: host('The address of this machine that the phone reaches.'),
    port: v.optional(port('The port for the events of the phone.'), 8787),
    tokenFile: file(
      'The file with the token of this desk: at least 16 letters, digits, - or _. It is part of every URL that the phone calls. In a second line the one ' +
        'before, which is good as well.',
    ),
    allow: v.exactOptional(
      v.pipe(
        v.array(address('The address of one machine.')),
        v.description('Who may send events: addresses, never a wildcard. Left out, the address in `phone.url`.'),
        v.maxLength(listMax),
      ),
    ),
    syslogPort: v.optional(port('The UDP port for the syslog of an analogue adapter.'), 5514),
  }),
  v.title('Listener'),
  v.description('Where the phone posts its events.'),
)

const seat: v.GenericSchema<{ driver: string }, SeatConfig> = v.pipe(
  v.variant('driver', [
    v.strictObject({ driver: v.pipe(v.literal('none'), v.description('No sensor: nothing is known of the seat, and no call is ever put on hold for it.')) }),
    v.strictObject({
      driver: v.pipe(v.literal('gpio'), v.description('A contact on a line of this machine’s header.')),
      line: line('The number of the line (GPIO17 is 17).'),
      occupied: v.pipe(v.picklist(['high', 'low']), v.description('The level that means occupied.')),
      chip,
      bias: v.exactOptional(
        v.pipe(
          v.picklist(['pull-up', 'pull-down', 'disabled']),
          v.description(
            'What holds the line while the contact is open; left out, as the board has it. Only `gpio.driver` gpiod can set it. An addition to the contract.',
          ),
        ),
      ),
      debounceMs: v.optional(
        whole('The contact must be steady for so long before it is believed. An addition to the contract.', debounceMs.min, debounceMs.max),
        debounceMs.default,
      ),
    }),
    v.strictObject({ driver: v.pipe(v.literal('bridge'), v.description('The contact on the microcontroller; see `bridge`.')) }),
    v.strictObject({
      driver: v.pipe(v.literal('mqtt'), v.description('Any sensor that is already on the broker.')),
      topic: topic('The topic of the sensor.'),
      path: v.optional(
        v.pipe(
          v.string(),
          v.description('A JSON pointer (RFC 6901) to the value in the payload; empty: the payload itself.'),
          v.regex(/^(\/([^~]|~[01])*)?$/, 'must be empty or a JSON pointer such as /presence'),
        ),
        '',
      ),
      occupied: v.optional(
        v.pipe(v.union([v.boolean(), v.string(), v.number()]), v.description('The value that means occupied; every other one means empty.')),
        true,
      ),
    }),
  ]),
  v.title('Seat'),
  v.description('How the agent learns that somebody sits at the desk.'),
)

const lamp: v.GenericSchema<{ driver: string }, LampConfig> = v.pipe(
  v.variant('driver', [
    v.strictObject({ driver: v.pipe(v.literal('none'), v.description('No lamp.')) }),
    v.strictObject({
      driver: v.pipe(v.literal('gpio'), v.description('One lamp, or three in a row, on lines of this machine’s header.')),
      line: v.exactOptional(line('The line of the only lamp. One of `line`, `lines`, `led` and `leds` is given.')),
      lines: v.exactOptional(
        v.pipe(
          v.strictObject({ left: line('The left lamp.'), middle: line('The middle lamp.'), right: line('The right lamp.') }),
          v.description('The lines of three lamps.'),
        ),
      ),
      led: v.exactOptional(led('The only lamp, as a light of the kernel: its name in /sys/class/leds. An addition to the contract.')),
      leds: v.exactOptional(
        v.pipe(
          v.strictObject({ left: led('The left light.'), middle: led('The middle light.'), right: led('The right light.') }),
          v.description('Three lamps, as lights of the kernel. An addition to the contract.'),
        ),
      ),
      chip,
    }),
    v.strictObject({ driver: v.pipe(v.literal('bridge'), v.description('The lamp on the microcontroller; see `bridge`.')) }),
    v.strictObject({
      driver: v.pipe(v.literal('mqtt'), v.description('Any lamp on the broker: it gets the pattern’s name and its timing as JSON.')),
      topic: topic('The topic of the lamp.'),
    }),
  ]),
  v.title('Lamp'),
  v.description('How the agent shows what it has to say.'),
)

const thresholds: v.GenericSchema<object, BridgeThresholds> = v.pipe(
  v.strictObject(
    Object.fromEntries(
      bridgeThresholds.map(({ name, factory, min, max, meaning }) => [name, v.exactOptional(whole(`${meaning} The firmware’s own: ${factory}.`, min, max))]),
    ),
  ),
  v.description('The numbers by which the microcontroller judges line and seat; it is told after each of its starts. An addition to the contract.'),
)

const gpio: v.GenericSchema<object, GpioConfig> = v.pipe(
  v.strictObject({
    driver: v.optional(
      v.pipe(
        v.picklist(['auto', 'onoff', 'gpiod']),
        v.description(
          '`onoff`: the npm package, over sysfs. `gpiod`: Debian’s tools, over the character device. `auto`: onoff where both it and sysfs are there.',
        ),
      ),
      'auto',
    ),
  }),
  v.title('GPIO'),
  v.description('How the lines of this machine’s header are reached, where `seat` or `lamp` has the driver gpio. An addition to the contract.'),
)

const bridge: v.GenericSchema<object, BridgeConfig> = v.pipe(
  v.strictObject({
    path: file('The serial device; a path below /dev/serial/by-id stays the same when other devices come and go.'),
    thresholds: v.exactOptional(thresholds),
  }),
  v.title('Bridge'),
  v.description('The microcontroller with lamp, seat contact and line detector, on a serial line.'),
)

export const sip: v.GenericSchema<object, SipConfig> = v.pipe(
  v.strictObject({
    server: host('The exchange (or the phone) that is asked about calls.'),
    port: v.optional(whole('Its port.', 1, 65_535), 5060),
    transport: v.optional(v.pipe(v.picklist(['udp', 'tcp']), v.description('How to reach it.')), 'udp'),
    user: text('The SIP user of this desk.'),
    passwordFile: v.exactOptional(file('The file with the SIP password of that user.')),
    watch: v.exactOptional(text('The extension whose calls are watched; left out, `user`.')),
    holdSemantics: v.optional(
      v.pipe(v.picklist(['ignore', 'local']), v.description('What `+sip.rendering=no` means: nothing certain, or that this desk holds the call (FreeSWITCH).')),
      'ignore',
    ),
    forwardOn: v.exactOptional(dialled('The feature code before the number of the substitute, such as *72.')),
    forwardOff: v.exactOptional(dialled('The feature code that ends forwarding, such as *73.')),
    forwardNoAnswerOn: v.exactOptional(dialled('The same for calls that ring in vain, such as *92.')),
    forwardNoAnswerOff: v.exactOptional(dialled('The feature code that ends that, such as *93.')),
    forwardHint: v.exactOptional(
      dialled('The extension whose state says whether the desk is forwarded at the exchange, such as *96101. Without it nothing there is read back or seen.'),
    ),
    holdCode: v.exactOptional(dialled('A feature code by which the exchange holds the call of this desk’s telephone, for an adapter that cannot be told.')),
    actionUriNotify: v.optional(
      v.pipe(
        v.boolean(),
        v.description(
          'Press the hold key of a Yealink by SIP NOTIFY where it does not take the command over HTTP; the phone must have remote control enabled.',
        ),
      ),
      false,
    ),
    localHost: v.exactOptional(host('This machine’s address towards the server; left out, the one that leads there.')),
    localPort: v.optional(port('The port of this machine that answers come to; 0: any free one.'), 0),
    domain: v.exactOptional(host('The domain in the user’s address; left out, the server.')),
  }),
  v.title('SIP'),
  v.description('A second source for the state of calls, and feature codes of the exchange. Its keys are an addition to the contract.'),
)

export const forwarding: v.GenericSchema<object, ForwardingConfig> = v.pipe(
  v.strictObject({
    by: v.exactOptional(
      v.pipe(
        v.picklist(forwardWays),
        v.description(
          'How the phone’s forwarding is set: `phone` (Yealink’s Action URI), `star-codes` (dialled by a Grandstream), `configuration` (its settings), ' +
            '`exchange` (feature codes over `sip`), `none`. Left out: what fits the phone.',
        ),
      ),
    ),
    remoteNumber: v.exactOptional(dialled('Where a clerk is reached who works elsewhere (`absence.set` with `kind: remote`).')),
  }),
  v.title('Forwarding'),
  v.description('By which way calls are forwarded on a longer absence. An addition to the contract.'),
)

const substitutes = v.pipe(
  v.array(
    v.strictObject({
      desk: id('The desk that takes the calls.'),
      number: dialled('The number that reaches it, as this phone dials it.'),
      absenteesMax: v.exactOptional(
        whole(`How many absent desks it takes calls for at once; left out, ${limits.absenteesMax}. An addition to the contract.`, 1, absenteesMax),
      ),
      week: v.exactOptional(someHours('The hours in which it stands in, such as `{mon: ["07:30-15:30"]}`; left out, always. An addition to the contract.')),
    }),
  ),
  v.title('Substitutes'),
  v.description('Who takes the calls on a longer absence, in this order. Left out, as the directory of the office says, which the hub publishes.'),
  v.maxLength(substitutesMax),
)

export const numbers: v.GenericSchema<object, Numbering> = v.pipe(
  v.strictObject({
    countryCode: v.optional(
      formed('The country code without the plus.', /^[1-9][0-9]{0,3}$/, 'must be 1 to 4 digits, without + or 00'),
      polishNumbering.countryCode,
    ),
    nationalDigits: v.optional(whole('The digits of a national number without its trunk prefix.', 3, 15), polishNumbering.nationalDigits),
    trunkPrefix: v.optional(formed('Dialled before a national number; may be empty.', /^[0-9]{0,8}$/, 'must be at most 8 digits'), polishNumbering.trunkPrefix),
    internationalPrefix: v.optional(
      formed('Dialled before an international number.', /^[0-9]{1,8}$/, 'must be 1 to 8 digits'),
      polishNumbering.internationalPrefix,
    ),
    extensions: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            pattern: formed('Digits, and an x for any digit.', /^[0-9x]{1,10}$/, 'must be digits, with an x for any digit, such as 6xxx'),
            prefix: formed(
              'What stands before the extension’s digits when it is called from outside.',
              /^\+[0-9]{1,14}$/,
              'must be a + and digits, such as "+4885869"',
            ),
          }),
        ),
        v.description('Internal numbers that are also reached from outside: `{pattern: 6xxx, prefix: "+4885869"}`.'),
        v.maxLength(listMax),
      ),
      [],
    ),
    shared: v.optional(
      v.pipe(
        v.array(formed('A telephone number in any usual spelling.', /^[+(]?[0-9][0-9 ()/.-]{1,30}$/, 'must be a telephone number')),
        v.description('Numbers that many callers show (the infoline, a switchboard): never the target of a callback.'),
        v.maxLength(listMax),
      ),
      [],
    ),
  }),
  v.title('Telephone numbers'),
  v.description('How this office writes telephone numbers, so that one caller is one caller in any spelling. An addition to the contract.'),
)

/** The same word for agents and hub: they speak with the same broker. */
const brokerProfile = v.pipe(
  v.picklist(['full', 'events']),
  v.description(
    '`events`: a broker that keeps no retained messages for wildcard subscribers (RabbitMQ). Nothing is retained there; the desk says its levels again ' +
      'whenever the hub asks for them. An addition to the contract.',
  ),
)

const broker = v.pipe(
  v.strictObject({
    url: url('The broker: mqtts:// or wss:// where the network is not this machine’s own.', brokerSchemes),
    profile: v.optional(brokerProfile, 'full'),
    username: v.exactOptional(text('The user, which is also the client id. Left out: the desk’s name.')),
    passwordFile: v.exactOptional(
      file('The file with the password of that user; in a second line the one before, which is tried where the broker refuses the new one.'),
    ),
    caFile: v.exactOptional(file('The certificate of the authority that vouches for the broker; left out, the system’s authorities.')),
    certFile: v.exactOptional(file('The certificate of this desk, where the broker asks for one. An addition to the contract.')),
    keyFile: v.exactOptional(file('The private key that belongs to it. An addition to the contract.')),
  }),
  v.title('Broker'),
  v.description('The MQTT broker of the office.'),
)

/** The configuration of `third-ring agent`. */
export const agentSchema: v.GenericSchema<object, WrittenAgent> = v.pipe(
  v.strictObject({
    site,
    desk: id('The desk, never a person’s name; its user name and client id at the broker, where it must be the only one.', {
      holds: (name) => name !== 'hub',
      sentence: 'must not be "hub": that name is the hub’s own',
    }),
    department: v.exactOptional(text('The department, for reports.')),
    phone,
    listen,
    admin: endpoint('Health and metrics', 'Health and metrics: `/healthz` (JSON) and `/metrics` (Prometheus).', { host: '127.0.0.1', port: 8788 }),
    seat: v.optional(seat, { driver: 'none' }),
    lamp: v.optional(lamp, { driver: 'none' }),
    gpio: v.optional(gpio, {}),
    bridge: v.exactOptional(bridge),
    sip: v.exactOptional(sip),
    forwarding: v.optional(forwarding, {}),
    substitutes: v.optional(substitutes, []),
    policy: v.optional(policySchema, {}),
    numbers: v.optional(numbers, {}),
    broker,
    store: v.exactOptional(
      v.pipe(
        v.strictObject({ directory: file('The directory of the journal, for this desk alone.') }),
        v.title('Store'),
        v.description('Where the desk’s journal lives. Left out: `$STATE_DIRECTORY` under systemd, else `var/` and the desk’s name beside this file.'),
      ),
    ),
    privacy: v.optional(
      v.pipe(
        v.strictObject({
          callerReference: v.optional(
            v.pipe(
              v.picklist(['off', 'hmac']),
              v.description('`hmac`: events carry a keyed reference, by which a caller’s calls can be told to belong together.'),
            ),
            'off',
          ),
          keyFile: v.exactOptional(file('The file with the key: at least 32 characters, the same for the whole office.')),
        }),
        v.title('Privacy'),
        v.description('What leaves the desk about callers; numbers and names never do.'),
      ),
      {},
    ),
    homeAssistant: v.optional(
      v.pipe(
        v.strictObject({
          discovery: v.optional(
            v.pipe(v.boolean(), v.description('Whether the desk announces itself to Home Assistant; switched off again, it takes that back.')),
            false,
          ),
          prefix: v.optional(
            topic('The discovery prefix of that Home Assistant, which also says there that it has started (`{prefix}/status`).'),
            'homeassistant',
          ),
        }),
        v.title('Home Assistant'),
        v.description('Announcing the desk to Home Assistant.'),
      ),
      {},
    ),
    log,
  }),
  v.title('third-ring agent'),
  v.description('The configuration of the agent beside one phone.'),
)

/** The configuration of `third-ring hub`. */
export const hubSchema: v.GenericSchema<object, WrittenHub> = v.pipe(
  v.strictObject({
    site,
    http: endpoint('Live page', 'Where the live page is served.', { host: '127.0.0.1', port: 8080 }),
    broker: v.exactOptional(
      v.pipe(
        v.strictObject({
          embedded: v.exactOptional(
            v.pipe(
              v.strictObject({
                host: v.optional(host('The address to listen on.'), '127.0.0.1'),
                port: v.optional(port('The port for MQTT over TCP.'), 1883),
                usersFile: v.exactOptional(
                  file('The users and their password hashes, read again when it changes. Needed when the broker is reached from other machines.'),
                ),
                homeAssistantPrefix: v.exactOptional(
                  topic('Home Assistant’s discovery prefix, below which desks may announce themselves; left out, they may not. An addition to the contract.'),
                ),
              }),
              v.description('A broker inside the hub, for one office.'),
            ),
          ),
          url: v.exactOptional(url('The broker that the office has.', brokerSchemes)),
          username: v.exactOptional(text('The hub’s user at that broker.')),
          passwordFile: v.exactOptional(
            file('The file with the password of that user; in a second line the one before, which is tried where the broker refuses the new one.'),
          ),
          caFile: v.exactOptional(file('The certificate of the authority that vouches for that broker; left out, the system’s authorities.')),
          certFile: v.exactOptional(file('The certificate of the hub, where that broker asks for one.')),
          keyFile: v.exactOptional(file('The private key that belongs to it.')),
          profile: v.exactOptional(
            v.pipe(
              v.picklist(['full', 'events']),
              v.description(
                '`events`: a broker that keeps no retained messages for whoever subscribes later (RabbitMQ); the hub asks every desk anew. Else `full`.',
              ),
            ),
          ),
        }),
        v.title('Broker'),
        v.description('Either `embedded`, or `url` and what belongs to it. Left out: embedded, on this machine only.'),
      ),
    ),
    store: v.exactOptional(
      v.pipe(
        v.strictObject({ directory: file('The directory of the record, for this hub alone.') }),
        v.title('Record'),
        v.description('Where the events of all desks are kept for 90 days. Left out: `$STATE_DIRECTORY` under systemd, else in memory, until the hub ends.'),
      ),
    ),
    directory: v.exactOptional(file('The file that says who takes whose calls; read again when it changes. An addition to the contract.')),
    warden: v.exactOptional(
      v.pipe(
        v.strictObject({
          graceMs: v.optional(
            whole('How long an agent may be away before its phone is freed: longer than a restart of its machine.', 1000, 3_600_000),
            180_000,
          ),
          phonesFile: file('The file with the phones that the warden can reach, and how.'),
        }),
        v.title('Warden'),
        v.description('Undoes the forwarding of a desk whose agent is dead. An addition to the contract.'),
      ),
    ),
    log,
  }),
  v.title('third-ring hub'),
  v.description('The configuration of the central side of one office.'),
)
