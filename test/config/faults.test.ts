import { describe, expect, test } from 'vitest'
import { faultLines } from '../../src/config/fault.ts'
import { validateAgent, validateHub } from '../../src/config/validate.ts'
import { readYaml } from '../../src/config/yaml.ts'
import { smallest } from './temporary.ts'

/** The fault lines of a text; none if it is good. */
function faultsOf(text: string, validate: typeof validateAgent | typeof validateHub = validateAgent): readonly string[] {
  const document = readYaml(text)
  const result = 'faults' in document ? document : validate(document.value)
  return faultLines('faults' in result ? result.faults : [])
}

/** The smallest configuration with some keys said otherwise; a later line replaces an earlier one of the same key. */
function agentFaults(lines: string): readonly string[] {
  const keys = lines.match(/^[A-Za-z]+(?=:)/gm) ?? []
  const rest = smallest
    .split('\n')
    .filter((line) => !keys.some((key) => line.startsWith(`${key}:`)))
    .join('\n')
  return faultsOf(`${rest}\n${lines}`)
}

test('the smallest configuration has no faults', () => {
  expect(faultsOf(smallest)).toEqual([])
})

test('all faults are named at once, each with its path', () => {
  const faults = agentFaults(
    'site: UM\nsubstitutes: [{ desk: usc-14, number: "60 14" }, { dsk: usc-15, number: 1 }]\npolicy: { seatGraceMs: 8s, leaseMs: 0 }\nlog: { level: loud }',
  )
  expect(faults.map((line) => line.split(': ')[0])).toEqual([
    'substitutes[1].dsk',
    'site',
    'substitutes[0].number',
    'substitutes[1].desk',
    'policy.seatGraceMs',
    'policy.leaseMs',
    'log.level',
  ])
})

describe('an unknown key is a fault that names the nearest known one', () => {
  test.each([
    ['polcy: {}', 'polcy: is not a key here; did you mean policy?'],
    ['policy: { seatGracMs: 1 }', 'policy.seatGracMs: is not a key here; did you mean seatGraceMs?'],
    ['policy: { seat_grace_ms: 1 }', 'policy.seat_grace_ms: is not a key here; did you mean seatGraceMs?'],
    ['policy: { workingHours: { holiday: pl } }', 'policy.workingHours.holiday: is not a key here; did you mean holidays?'],
    ['policy: { workingHours: { week: { mno: [] } } }', 'policy.workingHours.week.mno: is not a key here; did you mean mon?'],
    ['substitutes: [{ desk: a, number: 1, numer: 2 }]', 'substitutes[0].numer: is not a key here; did you mean number?'],
    ['seat: { driver: mqtt, topic: a, paht: /b }', 'seat.paht: is not a key here; did you mean path?'],
    ['lamp: { driver: gpio, lines: { left: 1, middle: 2, right: 3, rigth: 4 } }', 'lamp.lines.rigth: is not a key here; did you mean right?'],
    ['seatGraceMs: 8000', 'seatGraceMs: is not a key here; did you mean policy.seatGraceMs?'],
    ['store: { zzz: 1, directory: x }', 'store.zzz: is not a key here; the known keys are directory'],
    ['phone: { vendor: analogue, url: http://10.0.0.1 }', 'phone.url: does not belong to vendor "analogue"'],
    ['__proto__: { site: x }', expect.stringMatching(/^__proto__: is not a key here/)],
    ['policy: { workingHours: { exceptions: { __proto__: [] } } }', 'policy.workingHours.exceptions.__proto__: is not a key here'],
    ['constructor: 1', expect.stringMatching(/^constructor: is not a key here/)],
  ])('%s', (lines, fault) => {
    expect(agentFaults(lines)).toContainEqual(fault)
  })

  test('every unknown key is named, not only the first', () => {
    expect(agentFaults('aaaa: 1\nbbbb: 2\npolicy: { cccc: 3, dddd: 4 }')).toHaveLength(4)
  })

  test('a file with very many of them ends in a count', () => {
    const faults = agentFaults(Array.from({ length: 150 }, (_, n) => `zq${n}: 1`).join('\n'))
    expect(faults).toHaveLength(101)
    expect(faults.at(-1)).toBe('configuration: has 50 more faults')
  })
})

describe('a wrong value is a fault that says what would be right', () => {
  test.each([
    ['desk: hub', 'desk: must not be "hub": that name is the hub’s own'],
    ['desk: Anna-Nowak', 'desk: must be 1 to 32 lower-case letters, digits and hyphens, and must not begin with a hyphen'],
    ['desk: [a]', 'desk: must be text, not a list'],
    ['desk: true', 'desk: must be text, not true (put it in quotes)'],
    ['desk:', 'desk: has no value: write one, or leave the key out'],
    ['policy:', 'policy: has no value: write one, or leave the key out'],
    ['policy: 5', 'policy: must be a group of keys, not 5'],
    ['policy: []', 'policy: must be a group of keys, not a list'],
    ['seat: mqtt', 'seat: must be a group of keys, not "mqtt"'],
    ['broker: []', 'broker: must be a group of keys, not a list'],
    ['substitutes: [usc-14]', 'substitutes[0]: must be a group of keys, not "usc-14"'],
    ['policy: { workingHours: { exceptions: [] } }', 'policy.workingHours.exceptions: must be a group of keys, not a list'],
    ['policy: { warnAtRing: 0 }', 'policy.warnAtRing: must be at least 1, not 0'],
    ['policy: { warnAtRing: 21 }', 'policy.warnAtRing: must be at most 20, not 21'],
    ['policy: { warnAtRing: 2.5 }', 'policy.warnAtRing: must be a whole number, not 2.5'],
    ['policy: { flashing: "no" }', 'policy.flashing: must be true or false, not "no"'],
    ['policy: { mobility: sitting }', 'policy.mobility: must be fixed, headset or standing, not "sitting"'],
    ['policy: { emergencyNumbers: [] }', 'policy.emergencyNumbers: must name at least one number, such as "112"'],
    ['policy: { emergencyNumbers: 112 }', 'policy.emergencyNumbers: must be a list, not 112'],
    ['policy: { workingHours: { timezone: Warsaw } }', 'policy.workingHours.timezone: must be an IANA time zone such as Europe/Warsaw'],
    ['policy: { workingHours: { exceptions: { 2026-02-30: [] } } }', 'policy.workingHours.exceptions.2026-02-30: is no day of the calendar'],
    ['policy: { workingHours: { exceptions: { 24.12.2026: [] } } }', 'policy.workingHours.exceptions.24.12.2026: must be a day such as 2026-12-24'],
    ['seat: { driver: mqt }', 'seat.driver: must be none, gpio, bridge or mqtt, not "mqt"'],
    ['bridge: { path: /dev/ttyUSB0, thresholds: { offHookMs: 49 } }', 'bridge.thresholds.offHookMs: must be at least 50, not 49'],
    ['bridge: { path: /dev/ttyUSB0, thresholds: { seatMs: 1001 } }', 'bridge.thresholds.seatMs: must be at most 1000, not 1001'],
    ['bridge: { path: /dev/ttyUSB0, thresholds: { seatms: 100 } }', 'bridge.thresholds.seatms: is not a key here; did you mean seatMs?'],
    ['seat: {}', 'seat.driver: is missing'],
    ['seat: { driver: gpio, line: 17 }', 'seat.occupied: is missing'],
    ['seat: { driver: mqtt, topic: a/+/b }', 'seat.topic: must be one topic: no + or #, and no $ in front'],
    ['seat: { driver: mqtt, topic: a, path: presence }', 'seat.path: must be empty or a JSON pointer such as /presence'],
    ['listen: { host: "http://10.0.0.1", tokenFile: t }', 'listen.host: must be a host name or an IP address, without http:// and without a port'],
    ['listen: { host: a, port: 65536, tokenFile: t }', 'listen.port: must be at most 65535, not 65536'],
    [
      'substitutes: [{ desk: usc-14, number: "85 869" }]',
      'substitutes[0].number: must be a number as it is dialled: digits, * and #, perhaps a + in front, no spaces',
    ],
    ['numbers: { countryCode: "+48" }', 'numbers.countryCode: must be 1 to 4 digits, without + or 00'],
    ['numbers: { extensions: [{ pattern: 6xxy, prefix: "+48" }] }', 'numbers.extensions[0].pattern: must be digits, with an x for any digit, such as 6xxx'],
    ['site: 5\nbroker: { url: 5 }', 'broker.url: must be a URL that begins with mqtt:// or mqtts:// or ws:// or wss://'],
  ])('%s', (lines, fault) => {
    expect(agentFaults(lines)).toEqual([fault])
  })

  test.each(['any', '0.0.0.0', '::', '10.20.*.*', '10.0.0.0/8', 'phone.example', ''])('an allow-list never holds %o', (entry) => {
    expect(agentFaults(`listen: { host: a, tokenFile: t, allow: ["${entry}"] }`)).toEqual([
      'listen.allow[0]: must be the IP address of one machine, such as 10.20.30.40; names, ranges, wildcards and "any" are refused',
    ])
  })

  test.each(['tcp://a', 'http://a', 'broker.example', 'mqtt:', 'mqtt://', 'mqtt://u:p@a', 'mqtt://u@a', 'mqtt://a?x=1', 'mqtt://a b'])(
    'the broker is not at %s',
    (url) => {
      const faults = agentFaults(`broker: { url: "${url}" }`)
      expect(faults).toEqual([expect.stringMatching(/^broker\.url: /)])
      expect(faults[0]).not.toContain('u:p')
    },
  )

  test('a phone’s address with a part missing is not taken for another one', () => {
    expect(agentFaults('phone: { vendor: yealink, url: http://10.20.30, passwordFile: p }')).toEqual([
      'phone.url: must name a host, or an IP address with all four parts',
    ])
  })

  test.each(['mqtt://a', 'mqtts://a:8883', 'ws://a:80/mqtt', 'wss://[::1]:443/mqtt'])('the broker may be at %s', (url) => {
    expect(agentFaults(`broker: { url: "${url}" }`)).toEqual([])
  })

  test.each([['9-17'], ['09:00-24:01'], ['12:00-12:00'], ['15:30-07:30'], ['24:00-24:00'], ['07:60-08:00']])('hours are not written %s', (span) => {
    expect(agentFaults(`policy: { workingHours: { week: { mon: ["${span}"] } } }`)).toEqual([
      'policy.workingHours.week.mon[0]: must be a span of the day such as "07:30-15:30", its end after its beginning and at most 24:00',
    ])
  })

  test('the hours of a day are in order and apart', () => {
    const hours = (spans: string) => agentFaults(`policy: { workingHours: { week: { mon: ${spans} } } }`)
    expect(hours('["08:00-12:00", "12:00-16:00"]')).toEqual([])
    expect(hours('["00:00-24:00"]')).toEqual([])
    expect(hours('["08:00-12:01", "12:00-16:00"]')).toEqual(['policy.workingHours.week.mon: spans of a day must be in order and must not overlap'])
    expect(hours('["12:00-16:00", "08:00-10:00"]')).toEqual(['policy.workingHours.week.mon: spans of a day must be in order and must not overlap'])
  })
})

describe('rules between keys', () => {
  const mqttPhone = 'phone: { vendor: yealink, url: http://10.20.30.40, passwordFile: p'
  const onlySip = 'phone: { vendor: analogue }\nlisten: { host: a, tokenFile: t, allow: [] }\nsip: { server: pbx, user: 101'
  test.each([
    ['policy: { seatWarningMs: 8000 }', 'policy.seatWarningMs: must be less than policy.seatGraceMs, which is 8000'],
    ['policy: { overdueHoldMs: 45000 }', 'policy.longHoldMs: must be less than policy.overdueHoldMs, which is 45000'],
    ['policy: { leaseMs: 300000 }', 'policy.leaseRenewMs: must be less than policy.leaseMs, which is 300000'],
    ['substitutes: [{ desk: usc-14, number: "0112" }]', 'substitutes: must not send calls to 0112, which is an emergency number'],
    ['forwarding: { remoteNumber: "+48112" }', 'forwarding.remoteNumber: must not send calls to +48112, which is an emergency number'],
    ['policy: { ringPeriodMs: 1000, ringBurstMs: 1000 }', 'policy.ringBurstMs: must be less than policy.ringPeriodMs, which is 1000'],
    [
      'policy: { forwardKind: always }',
      'policy.forwardKind: must be no-answer unless phone.warden names the machine that undoes the forwarding if this one dies',
    ],
    [
      'phone: { vendor: yealink, url: http://phone.example, passwordFile: p }',
      'listen.allow: is missing: phone.url names the phone instead of giving its address; write the address that events come from, or [] if none do',
    ],
    ['phone: { vendor: analogue }', 'listen.allow: is missing: an analogue telephone has no URL; write the address that events come from, or [] if none do'],
    ['admin: { host: 10.20.30.41, port: 8787 }', 'admin.port: is also listen.port; the two must differ'],
    ['admin: { host: 0.0.0.0, port: 8787 }', 'admin.port: is also listen.port; the two must differ'],
    ['broker: { url: mqtt://a, caFile: c }', 'broker.caFile: needs a broker.url that begins with mqtts:// or wss://; with this one nothing is encrypted'],
    ['broker: { url: mqtts://a, certFile: c }', 'broker.keyFile: and broker.certFile are given together or not at all'],
    ['forwarding: { by: star-codes }', 'forwarding.by: must be one of phone, exchange, none for this phone'],
    [
      'phone: { vendor: grandstream, url: http://10.20.30.40, passwordFile: p }\nforwarding: { by: phone }',
      'forwarding.by: must be one of star-codes, configuration, exchange, none for this phone',
    ],
    ['lamp: { driver: gpio }', 'lamp: needs exactly one of line, lines, led and leds'],
    ['lamp: { driver: gpio, line: 1, lines: { left: 2, middle: 3, right: 4 } }', 'lamp: needs exactly one of line, lines, led and leds'],
    ['lamp: { driver: gpio, lines: { left: 2, middle: 3, right: 2 } }', 'lamp.lines: must be three different lines'],
    ['seat: { driver: gpio, line: 2, occupied: low }\nlamp: { driver: gpio, line: 2 }', 'seat.line: is also a line of the lamp'],
    ['seat: { driver: gpio, line: 2, occupied: low, chip: pinctrl-rp1 }\nlamp: { driver: gpio, line: 2 }', 'seat.line: is also a line of the lamp'],
    ['seat: { driver: gpio, line: 2, occupied: low, chip: x }\nlamp: { driver: gpio, line: 2, chip: x }', 'seat.line: is also a line of the lamp'],
    ['lamp: { driver: gpio, led: a, line: 2 }', 'lamp: needs exactly one of line, lines, led and leds'],
    ['lamp: { driver: gpio, leds: { left: a, middle: b, right: a } }', 'lamp.leds: must be three different lights'],
    ['lamp: { driver: gpio, led: a, chip: x }', 'lamp.chip: belongs to line or lines: the kernel knows the lines of its lights'],
    ['lamp: { driver: gpio, led: ../a }', 'lamp.led: must be the name of a light in /sys/class/leds: letters, digits and _ : . + -'],
    ['seat: { driver: gpio, line: 2, occupied: low, debounceMs: 19 }', 'seat.debounceMs: must be at least 20, not 19'],
    ['seat: { driver: gpio, line: 2, occupied: low, debounceMs: 1001 }', 'seat.debounceMs: must be at most 1000, not 1001'],
    [
      'seat: { driver: gpio, line: 2, occupied: low, bias: pull-up }\ngpio: { driver: onoff }',
      'seat.bias: cannot be set through sysfs, which onoff uses: set it in config.txt (gpio=2=pu or pd) and leave bias out, or set gpio.driver to gpiod',
    ],
    ['gpio: { driver: memory }', 'gpio.driver: must be auto, onoff or gpiod, not "memory"'],
    ['seat: { driver: bridge }', 'bridge: is missing: seat or lamp has the driver "bridge"'],
    ['lamp: { driver: bridge }', 'bridge: is missing: seat or lamp has the driver "bridge"'],
    [
      'bridge: { path: /dev/ttyUSB0, thresholds: { flashMinMs: 450 } }',
      'bridge.thresholds.flashMinMs: must be less than bridge.thresholds.onHookMs, which is 450',
    ],
    [
      'bridge: { path: /dev/ttyUSB0, thresholds: { onHookMs: 200, flashMinMs: 300 } }',
      'bridge.thresholds.flashMinMs: must be less than bridge.thresholds.onHookMs, which is 200',
    ],
    [
      'bridge: { path: /dev/ttyUSB0, thresholds: { ringHzMin: 25, ringHzMax: 25 } }',
      'bridge.thresholds.ringHzMin: must be less than bridge.thresholds.ringHzMax, which is 25',
    ],
    ['substitutes: [{ desk: usc-12, number: 1 }]', 'substitutes: must not name the desk itself'],
    ['substitutes: [{ desk: a, number: 1 }, { desk: a, number: 2 }]', 'substitutes: must not name a desk twice'],
    [
      'substitutes: [{ desk: a, number: "858696014" }, { desk: b, number: "+48858696014" }]',
      'substitutes: must not have one number for two desks: a and b have +48858696014',
    ],
    ['privacy: { callerReference: hmac }', 'privacy.keyFile: is missing: callerReference is hmac'],
    [
      'phone: { vendor: analogue }\nlisten: { host: a, tokenFile: t, allow: [] }',
      'phone: is an analogue telephone of which nothing would ever be heard; configure bridge or sip, or write the address of its adapter into listen.allow',
    ],
    ['sip: { server: pbx, user: 101, forwardOn: "*72" }', 'sip.forwardOff: and sip.forwardOn are given together or not at all'],
    ['sip: { server: pbx, user: 101, forwardNoAnswerOff: "*93" }', 'sip.forwardNoAnswerOff: and sip.forwardNoAnswerOn are given together or not at all'],
    [
      'forwarding: { by: exchange }\nsip: { server: pbx, user: 101 }',
      'forwarding.by: is exchange, which needs its feature codes: sip.forwardOn and sip.forwardOff, or sip.forwardNoAnswerOn and sip.forwardNoAnswerOff',
    ],
    [
      'forwarding: { by: exchange }',
      'forwarding.by: is exchange, which needs its feature codes: sip.forwardOn and sip.forwardOff, or sip.forwardNoAnswerOn and sip.forwardNoAnswerOff',
    ],
    ['sip: { server: pbx, user: 101, holdCode: "*55" }', 'sip.holdCode: is for an analogue telephone; a desk phone is told by itself'],
    [
      'phone: { vendor: grandstream, url: http://10.20.30.40, passwordFile: p }\nsip: { server: pbx, user: 101, actionUriNotify: true }',
      'sip.actionUriNotify: is for a Yealink: no other phone knows that event',
    ],
    ['sip: { server: pbx, user: 101, transport: tcp, actionUriNotify: true }', 'sip.actionUriNotify: needs sip.transport udp: the phone is spoken to directly'],
    [
      'phone: { vendor: yealink, url: http://phone.example, passwordFile: p }\nlisten: { host: a, tokenFile: t, allow: [10.0.0.1] }\nsip: { server: pbx, user: 101, actionUriNotify: true }',
      'sip.actionUriNotify: needs the address of the phone in phone.url, not its name',
    ],
  ])('%s', (lines, fault) => {
    expect(agentFaults(lines)).toEqual([fault])
  })

  test.each([
    [`${mqttPhone}, warden: 10.20.30.60 }\npolicy: { forwardKind: always }`],
    [`${onlySip}, forwardOn: "*72", forwardOff: "*73" }\npolicy: { forwardKind: always }`],
    [
      `${mqttPhone} }\nsip: { server: pbx, user: 101, watch: 101, forwardOn: "*72", forwardOff: "*73" }\nforwarding: { by: exchange }\npolicy: { forwardKind: always }`,
    ],
    ['phone: { vendor: yealink, url: http://phone.example, passwordFile: p }\nlisten: { host: a, tokenFile: t, allow: [10.0.0.1] }'],
    ['phone: { vendor: analogue }\nlisten: { host: a, tokenFile: t, allow: [] }\nbridge: { path: /dev/ttyUSB0 }'],
    ['phone: { vendor: analogue }\nlisten: { host: a, tokenFile: t, allow: [] }\nsip: { server: pbx, user: 101, watch: 101, holdCode: "*55" }'],
    ['forwarding: { by: phone }'],
    ['phone: { vendor: grandstream, url: http://10.20.30.40, passwordFile: p }\nforwarding: { by: configuration }'],
    ['forwarding: { by: exchange }\nsip: { server: pbx, user: 101, forwardNoAnswerOn: "*92", forwardNoAnswerOff: "*93", actionUriNotify: true }'],
    ['phone: { vendor: analogue, port: 2, patterns: { offHook: "line (?<port>[0-9]) up" } }\nlisten: { host: a, tokenFile: t, allow: [10.0.0.2] }'],
    ['phone: { vendor: analogue, snmp: { address: 10.0.0.2, communityFile: c } }\nlisten: { host: a, tokenFile: t, allow: [10.0.0.2] }'],
    ['phone: { vendor: yealink, url: "http://localhost:8081", passwordFile: p }'],
    ['admin: { host: 127.0.0.1, port: 8787 }'],
    ['admin: { host: 10.20.30.41, port: 0 }\nlisten: { host: 10.20.30.41, port: 0, tokenFile: t }'],
    ['seat: { driver: gpio, line: 2, occupied: low, chip: x }\nlamp: { driver: gpio, line: 2 }'],
    ['seat: { driver: gpio, line: 2, occupied: low, chip: pinctrl-rp1 }\nlamp: { driver: gpio, line: 2, chip: pinctrl-bcm2711 }'],
    ['seat: { driver: gpio, line: 2, occupied: low, bias: pull-up }'],
    ['seat: { driver: gpio, line: 2, occupied: low, bias: pull-up }\ngpio: { driver: gpiod }'],
    ['lamp: { driver: gpio, leds: { left: third-ring::left, middle: b, right: c } }'],
    ['seat: { driver: gpio, line: 2, occupied: low, chip: a }\nlamp: { driver: gpio, line: 2, chip: b }'],
    ['seat: { driver: bridge }\nbridge: { path: /dev/ttyUSB0 }'],
    ['bridge: { path: /dev/ttyUSB0, thresholds: { ringHzMin: 19, ringHzMax: 20, flashMinMs: 449 } }'],
    ['broker: { url: wss://a, caFile: c, certFile: d, keyFile: e }'],
    ['privacy: { callerReference: off }'],
    ['policy: { seatWarningMs: 7999 }'],
  ])('%s is allowed', (lines) => {
    expect(agentFaults(lines)).toEqual([])
  })

  test('a rule is not asked about a value that is wrong itself', () => {
    expect(agentFaults('policy: { seatGraceMs: -5 }')).toEqual(['policy.seatGraceMs: must be at least 1, not -5'])
  })

  test('a rule is asked although another section has a fault', () => {
    expect(agentFaults('log: { level: 5 }\npolicy: { seatWarningMs: 9000, unknown1234: 1 }')).toContain(
      'policy.seatWarningMs: must be less than policy.seatGraceMs, which is 8000',
    )
  })
})

describe('the hub', () => {
  const hubFaults = (text: string) => faultsOf(text, validateHub)
  test.each([
    ['http: {}', 'site: is missing'],
    ['site: a\nhtpp: {}', 'htpp: is not a key here; did you mean http?'],
    ['site: a\nbroker: {}', 'broker: needs either embedded or url, and not both'],
    ['site: a\nbroker: { url: mqtt://b, embedded: {} }', 'broker: needs either embedded or url, and not both'],
    ['site: a\nbroker: { embedded: {}, username: b }', 'broker.embedded: stands alone: username belongs to a broker with a url'],
    ['site: a\nbroker: { embedded: { host: 0.0.0.0 } }', 'broker.embedded.usersFile: is missing: a broker that other machines reach must know its users'],
    [
      'site: a\nbroker: { url: mqtt://b, caFile: c }',
      'broker.caFile: needs a broker.url that begins with mqtts:// or wss://; with this one nothing is encrypted',
    ],
    ['site: a\nbroker: { url: mqtts://b, keyFile: k }', 'broker.keyFile: and broker.certFile are given together or not at all'],
    ['site: a\nbroker: { embedded: {}, profile: events }', 'broker.embedded: stands alone: profile belongs to a broker with a url'],
    ['site: a\nhttp: { port: 1883 }\nbroker: { embedded: {} }', 'http.port: is also the port of the broker'],
  ])('%s', (text, fault) => {
    expect(hubFaults(text)).toEqual([fault])
  })

  test.each([
    ['site: a'],
    ['site: a\nbroker: { embedded: { host: 0.0.0.0, usersFile: u } }'],
    ['site: a\nbroker: { url: mqtts://b, username: hub, passwordFile: p, caFile: c, certFile: c, keyFile: k, profile: events }\nstore: { directory: d }'],
  ])('%s is allowed', (text) => {
    expect(hubFaults(text)).toEqual([])
  })
})

describe('YAML', () => {
  test.each([
    ['a: [', /^line \d+, column \d+: is not YAML: /],
    ['a: 1\n b: 2', /^line \d+, column \d+: is not YAML: /],
    ['a: "x', /^line 1, column \d+: is not YAML: /],
    ['site: a\nsite: b', /^line 2, column 1: the same key is written twice$/],
    ['policy:\n  leaseMs: 1\n  leaseMs: 2', /^line 3, column 3: the same key is written twice$/],
    ['a: !secret b', /^line 1, column 4: is not YAML: Unresolved tag/],
    ['a: 1\n---\nb: 2', /^line \d+, column \d+: is not YAML: /],
    ['a: *b', /is not YAML|has an alias without an anchor/],
    ['- site', /^configuration: must be a group of keys, not a list$/],
    ['just words', /^configuration: must be a group of keys, not "just words"$/],
  ])('%j is a fault with its place', (text, fault) => {
    expect(faultsOf(text)).toContainEqual(expect.stringMatching(fault))
  })

  test('a bomb of aliases is refused', () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) =>
        `k${n}: &a${n} [${
          n === 0
            ? '1'
            : Array(10)
                .fill(`*a${n - 1}`)
                .join(', ')
        }]`,
    )
    expect(faultsOf(levels.join('\n'))).toEqual(['configuration: has an alias without an anchor, or too many aliases'])
  })

  test('endless nesting is refused', () => {
    for (const open of ['[', '{a: ', '- ', '? ', ': ']) {
      for (const times of [300, 3000, 3000]) expect(faultsOf(`${open.repeat(times)}a`)).toEqual(['configuration: is nested too deeply'])
    }
    expect(faultsOf(`a: ${'['.repeat(100_000)}`)).toEqual(['configuration: is nested too deeply'])
  })

  test('a bare number keeps its digits where they would be lost', () => {
    expect(readYaml('[0014, 001565112233, 00156e112233, 1e3, 0x1F, 1.50, 1.5, 112, -3, +4, "5", true, off, ~]')).toEqual({
      value: ['0014', '001565112233', '00156e112233', '1e3', '0x1F', '1.50', 1.5, 112, -3, '+4', '5', true, 'off', null],
    })
  })
})
