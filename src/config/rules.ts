import { isIP } from 'node:net'
import { isEmergency, normalizeNumber } from '../desk/number.ts'
import { isLoopback } from '../loopback.ts'
import { type BridgeThreshold, thresholdOf } from './bridge-thresholds.ts'
import { ownForwardWays, type WrittenAgent, type WrittenHub } from './config.ts'
import { type Fault, wholeFile } from './fault.ts'
import { isSameChip } from './header.ts'
import type { OfficeConfig } from './office.ts'

/**
 * A rule between keys, which no schema of one key can say. It is asked only if none of the keys it names has a fault of its own, so that it may
 * trust what it reads. It answers with the sentence of the fault.
 */
export interface Rule<Written> {
  /** Where the fault is reported. */
  readonly path: string
  /** The keys (or sections) it reads. */
  readonly reads: readonly string[]
  readonly broken: (written: Written) => string | undefined
}

function ascendingThresholds(low: BridgeThreshold, high: BridgeThreshold): Rule<WrittenAgent> {
  return {
    path: `bridge.thresholds.${low}`,
    reads: [`bridge.thresholds.${low}`, `bridge.thresholds.${high}`],
    broken({ bridge }) {
      const limit = thresholdOf(high, bridge?.thresholds)
      return thresholdOf(low, bridge?.thresholds) < limit ? undefined : `must be less than bridge.thresholds.${high}, which is ${limit}`
    },
  }
}

type PolicyNumber = 'seatWarningMs' | 'seatGraceMs' | 'longHoldMs' | 'overdueHoldMs' | 'leaseRenewMs' | 'leaseMs' | 'ringBurstMs' | 'ringPeriodMs'

function ascending(low: PolicyNumber, high: PolicyNumber): Rule<WrittenAgent> {
  return {
    path: `policy.${low}`,
    reads: [`policy.${low}`, `policy.${high}`],
    broken: ({ policy: { [low]: lower, [high]: upper } }) =>
      lower === undefined || upper === undefined || lower < upper ? undefined : `must be less than policy.${high}, which is ${upper}`,
  }
}

const policyRules: readonly Rule<WrittenAgent>[] = [
  ascending('seatWarningMs', 'seatGraceMs'),
  ascending('longHoldMs', 'overdueHoldMs'),
  ascending('leaseRenewMs', 'leaseMs'),
  ascending('ringBurstMs', 'ringPeriodMs'),
  {
    path: 'policy.forwardKind',
    reads: ['policy.forwardKind', 'phone.warden', 'phone.vendor'],
    broken: ({ policy, phone }) =>
      policy.forwardKind === 'always' && (phone.vendor === 'analogue' || phone.warden === undefined)
        ? 'must be no-answer unless phone.warden names the machine that undoes the forwarding if this one dies'
        : undefined,
  },
]

/** The address of the phone, where its URL says it; events come from there. */
export function addressesOfPhone(phone: WrittenAgent['phone']): readonly string[] {
  if (phone.vendor === 'analogue') return []
  const name = new URL(phone.url).hostname.replace(/^\[|\]$/g, '')
  if (name === 'localhost') return ['127.0.0.1', '::1']
  return isIP(name) === 0 ? [] : [name]
}

const phoneRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'forwarding.by',
    reads: ['forwarding.by', 'phone.vendor'],
    broken({ forwarding: { by }, phone: { vendor } }) {
      const ways = [...ownForwardWays[vendor], 'exchange', 'none'] as const
      return by === undefined || ways.includes(by) ? undefined : `must be one of ${ways.join(', ')} for this phone`
    },
  },
  {
    path: 'listen.allow',
    reads: ['listen.allow', 'phone'],
    broken: ({ listen, phone }) => {
      if (listen.allow !== undefined || addressesOfPhone(phone).length > 0) return undefined
      const reason = phone.vendor === 'analogue' ? 'an analogue telephone has no URL' : 'phone.url names the phone instead of giving its address'
      return `is missing: ${reason}; write the address that events come from, or [] if none do`
    },
  },
  {
    path: 'phone',
    reads: ['phone', 'listen.allow', 'bridge', 'sip'],
    broken: ({ phone, listen, bridge, sip }) =>
      phone.vendor === 'analogue' && bridge === undefined && sip === undefined && listen.allow?.length === 0
        ? 'is an analogue telephone of which nothing would ever be heard; configure bridge or sip, or write the address of its adapter into listen.allow'
        : undefined,
  },
  {
    path: 'admin.port',
    reads: ['listen.host', 'listen.port', 'admin'],
    broken: ({ listen, admin }) => {
      const meet = listen.host === admin.host || [listen.host, admin.host].some((host) => host === '0.0.0.0' || host === '::')
      return meet && listen.port === admin.port && admin.port !== 0 ? 'is also listen.port; the two must differ' : undefined
    },
  },
]

export function isEncrypted(url: string): boolean {
  return /^(mqtts|wss):/.test(url)
}

function encryptedOnly(key: 'caFile' | 'certFile' | 'keyFile'): Rule<WrittenAgent> {
  return {
    path: `broker.${key}`,
    reads: ['broker.url', `broker.${key}`],
    broken: ({ broker }) =>
      broker[key] === undefined || isEncrypted(broker.url)
        ? undefined
        : 'needs a broker.url that begins with mqtts:// or wss://; with this one nothing is encrypted',
  }
}

const brokerRules: readonly Rule<WrittenAgent>[] = [
  encryptedOnly('caFile'),
  encryptedOnly('certFile'),
  encryptedOnly('keyFile'),
  {
    path: 'broker.keyFile',
    reads: ['broker.certFile', 'broker.keyFile'],
    broken: ({ broker }) =>
      (broker.certFile === undefined) === (broker.keyFile === undefined) ? undefined : 'and broker.certFile are given together or not at all',
  },
]

/** The lines that the lamp uses on its chip. */
function lampLines({ lamp }: WrittenAgent): readonly number[] {
  if (lamp.driver !== 'gpio') return []
  return [...(lamp.line === undefined ? [] : [lamp.line]), ...(lamp.lines === undefined ? [] : Object.values(lamp.lines))]
}

function isTwice(values: readonly unknown[]): boolean {
  return new Set(values).size < values.length
}

const hardwareRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'lamp',
    reads: ['lamp'],
    broken: ({ lamp }) => {
      if (lamp.driver !== 'gpio') return undefined
      const given = [lamp.line, lamp.lines, lamp.led, lamp.leds].filter((each) => each !== undefined)
      return given.length === 1 ? undefined : 'needs exactly one of line, lines, led and leds'
    },
  },
  {
    path: 'lamp.lines',
    reads: ['lamp'],
    broken: (written) => (isTwice(lampLines(written)) ? 'must be three different lines' : undefined),
  },
  {
    path: 'lamp.leds',
    reads: ['lamp'],
    broken: ({ lamp }) => (lamp.driver === 'gpio' && isTwice(Object.values(lamp.leds ?? {})) ? 'must be three different lights' : undefined),
  },
  {
    path: 'lamp.chip',
    reads: ['lamp'],
    broken: ({ lamp }) =>
      lamp.driver === 'gpio' && lamp.chip !== undefined && (lamp.led ?? lamp.leds) !== undefined
        ? 'belongs to line or lines: the kernel knows the lines of its lights'
        : undefined,
  },
  {
    // Only what is surely the same line; the rest is found when the lines are opened.
    path: 'seat.line',
    reads: ['seat', 'lamp'],
    broken: (written) => {
      const { seat, lamp } = written
      if (seat.driver !== 'gpio' || lamp.driver !== 'gpio' || !isSameChip(seat.chip, lamp.chip)) return undefined
      return lampLines(written).includes(seat.line) ? 'is also a line of the lamp' : undefined
    },
  },
  {
    path: 'seat.bias',
    reads: ['seat', 'gpio'],
    broken: ({ seat, gpio }) =>
      seat.driver === 'gpio' && seat.bias !== undefined && gpio.driver === 'onoff'
        ? `cannot be set through sysfs, which onoff uses: set it in config.txt (gpio=${seat.line}=pu or pd) and leave bias out, or set gpio.driver to gpiod`
        : undefined,
  },
  {
    path: 'bridge',
    reads: ['bridge', 'seat', 'lamp'],
    broken: ({ bridge, seat, lamp }) =>
      bridge === undefined && (seat.driver === 'bridge' || lamp.driver === 'bridge') ? 'is missing: seat or lamp has the driver "bridge"' : undefined,
  },
  ascendingThresholds('flashMinMs', 'onHookMs'),
  ascendingThresholds('ringHzMin', 'ringHzMax'),
]

const officeRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'substitutes',
    reads: ['substitutes', 'desk'],
    broken: ({ substitutes, desk }) => (substitutes.some((each) => each.desk === desk) ? 'must not name the desk itself' : undefined),
  },
  {
    path: 'substitutes',
    reads: ['substitutes'],
    broken: ({ substitutes }) => (new Set(substitutes.map((each) => each.desk)).size === substitutes.length ? undefined : 'must not name a desk twice'),
  },
  {
    path: 'substitutes',
    reads: ['substitutes', 'numbers'],
    broken({ substitutes, numbers }) {
      const spelled = substitutes.map(({ number }) => normalizeNumber(number, numbers) ?? number)
      const twice = substitutes.find((_, place) => spelled.indexOf(spelled[place] ?? '') < place)
      const first = substitutes[spelled.indexOf(normalizeNumber(twice?.number, numbers) ?? twice?.number ?? '')]
      return twice === undefined ? undefined : `must not have one number for two desks: ${first?.desk} and ${twice.desk} have ${twice.number}`
    },
  },
  {
    path: 'substitutes',
    reads: ['substitutes', 'policy.emergencyNumbers', 'numbers'],
    broken({ substitutes, policy: { emergencyNumbers }, numbers }) {
      const wrong = substitutes.find(({ number }) => isEmergency(number, emergencyNumbers, numbers))
      return wrong === undefined ? undefined : `must not send calls to ${wrong.number}, which is an emergency number`
    },
  },
  {
    path: 'privacy.keyFile',
    reads: ['privacy'],
    broken: ({ privacy }) => (privacy.callerReference === 'hmac' && privacy.keyFile === undefined ? 'is missing: callerReference is hmac' : undefined),
  },
  {
    path: 'sip.forwardOff',
    reads: ['sip'],
    broken: ({ sip }) =>
      (sip?.forwardOn === undefined) === (sip?.forwardOff === undefined) ? undefined : 'and sip.forwardOn are given together or not at all',
  },
  {
    path: 'sip.forwardNoAnswerOff',
    reads: ['sip'],
    broken: ({ sip }) =>
      (sip?.forwardNoAnswerOn === undefined) === (sip?.forwardNoAnswerOff === undefined)
        ? undefined
        : 'and sip.forwardNoAnswerOn are given together or not at all',
  },
  {
    path: 'forwarding.by',
    reads: ['forwarding', 'sip'],
    broken: ({ forwarding, sip }) =>
      forwarding.by === 'exchange' && sip?.forwardOn === undefined && sip?.forwardNoAnswerOn === undefined
        ? 'is exchange, which needs its feature codes: sip.forwardOn and sip.forwardOff, or sip.forwardNoAnswerOn and sip.forwardNoAnswerOff'
        : undefined,
  },
  {
    path: 'sip.actionUriNotify',
    reads: ['sip', 'phone'],
    broken: ({ sip, phone }) => {
      if (sip?.actionUriNotify !== true) return undefined
      if (phone.vendor !== 'yealink') return 'is for a Yealink: no other phone knows that event'
      if (sip.transport !== 'udp') return 'needs sip.transport udp: the phone is spoken to directly'
      return addressesOfPhone(phone).length === 0 ? 'needs the address of the phone in phone.url, not its name' : undefined
    },
  },
  {
    path: 'sip.holdCode',
    reads: ['sip', 'phone'],
    broken: ({ sip, phone }) =>
      sip?.holdCode !== undefined && phone.vendor !== 'analogue' ? 'is for an analogue telephone; a desk phone is told by itself' : undefined,
  },
]

export const agentRules: readonly Rule<WrittenAgent>[] = [...policyRules, ...phoneRules, ...brokerRules, ...hardwareRules, ...officeRules]

export const hubRules: readonly Rule<WrittenHub>[] = [
  {
    path: 'broker',
    reads: ['broker'],
    broken: ({ broker }) =>
      broker !== undefined && (broker.embedded === undefined) === (broker.url === undefined) ? 'needs either embedded or url, and not both' : undefined,
  },
  {
    path: 'broker.embedded',
    reads: ['broker'],
    broken: ({ broker }) => {
      const others = Object.keys(broker ?? {}).filter((key) => key !== 'embedded' && key !== 'url')
      return broker?.embedded !== undefined && others.length > 0 ? `stands alone: ${others.join(', ')} belongs to a broker with a url` : undefined
    },
  },
  {
    path: 'broker.embedded.usersFile',
    reads: ['broker'],
    broken: ({ broker }) =>
      broker?.embedded !== undefined && broker.embedded.usersFile === undefined && !isLoopback(broker.embedded.host)
        ? 'is missing: a broker that other machines reach must know its users'
        : undefined,
  },
  ...(['caFile', 'certFile', 'keyFile'] as const).map(
    (key): Rule<WrittenHub> => ({
      path: `broker.${key}`,
      reads: ['broker'],
      broken: ({ broker }) =>
        broker?.[key] === undefined || broker.url === undefined || isEncrypted(broker.url)
          ? undefined
          : 'needs a broker.url that begins with mqtts:// or wss://; with this one nothing is encrypted',
    }),
  ),
  {
    path: 'broker.keyFile',
    reads: ['broker'],
    broken: ({ broker }) =>
      (broker?.certFile === undefined) === (broker?.keyFile === undefined) ? undefined : 'and broker.certFile are given together or not at all',
  },
  {
    path: 'http.port',
    reads: ['http', 'broker'],
    broken: ({ http, broker }) => {
      const other = broker?.embedded
      return other !== undefined && http.port !== 0 && other.port === http.port && other.host === http.host ? 'is also the port of the broker' : undefined
    },
  },
]

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

/** The faults between keys; `blocked` are the paths whose values cannot be trusted. */
export function ruleFaults<Written>(rules: readonly Rule<Written>[], written: Written, blocked: readonly string[]): readonly Fault[] {
  const touches = (key: string) => blocked.some((path) => path === wholeFile || isWithin(path, key) || isWithin(key, path))
  return rules.flatMap((rule) => {
    if (rule.reads.some(touches)) return []
    const sentence = rule.broken(written)
    return sentence === undefined ? [] : [{ path: rule.path, sentence }]
  })
}

/** Whether the path is the key itself or below it. */
function isWithin(path: string, key: string): boolean {
  return path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`)
}
