import type { Weekday } from '../desk/calendar.ts'
import type { Numbering } from '../desk/number.ts'
import type { Policy } from '../desk/policy.ts'
import type { BridgeThresholds } from './bridge-thresholds.ts'

/**
 * The configuration as the program reads it after loading: checked, complete (every default filled in), its files absolute, frozen. What each key
 * means and which values it takes is said once, in `section/`; the compiler keeps the two together.
 */
export interface AgentConfig {
  readonly site: string
  readonly desk: string
  readonly department?: string
  readonly phone: PhoneConfig
  readonly listen: ListenConfig
  readonly admin: NamedEndpointConfig
  readonly seat: SeatConfig
  readonly lamp: LampConfig
  readonly gpio: GpioConfig
  readonly bridge?: BridgeConfig
  readonly sip?: SipConfig
  readonly forwarding: ForwardingConfig
  readonly substitutes: readonly SubstituteConfig[]
  readonly policy: PolicyConfig
  readonly numbers: Numbering
  readonly broker: BrokerConfig
  readonly store: StoreConfig
  readonly privacy: PrivacyConfig
  readonly homeAssistant: HomeAssistantConfig
  readonly log: LogConfig
}

/** A substitute in the desk's own file, which wins over the office's directory. */
export interface SubstituteConfig {
  readonly desk: string
  readonly number: string
  readonly absenteesMax?: number
  readonly week?: SomeHours
}

/** Spans such as `07:30-15:30`; a day that is left out has none. */
export type SomeHours = Partial<Readonly<Record<Weekday, readonly string[]>>>

/** An address that is asked over HTTP, and the names in `Host` by which it is asked beside the address itself. */
export interface NamedEndpointConfig extends EndpointConfig {
  readonly names?: readonly string[]
}

export interface EndpointConfig {
  readonly host: string
  /** 0 lets the system choose a free port. */
  readonly port: number
}

export interface CommandedPhoneConfig {
  readonly vendor: 'yealink' | 'grandstream'
  readonly url: string
  readonly username: string
  readonly passwordFile: string
  /** Twelve lower-case hexadecimal digits. */
  readonly mac?: string
  readonly model?: string
  readonly warden?: string
}
/** What a line of an adapter's log can say of its telephone (reference/grandstream.md §1.5 a): the keys of `phone.patterns`. */
export const logWords = [
  'offHook',
  'onHook',
  'flash',
  'localRing',
  'ringStart',
  'ringStop',
  'remoteConnect',
  'callStarted',
  'hold',
  'unhold',
  'remoteDisconnect',
  'callCancelled',
  'callCompleted',
  'refer',
] as const
export type LogWord = (typeof logWords)[number]

/** Where the adapter answers SNMP. */
export interface SnmpConfig {
  readonly address: string
  readonly port: number
  readonly communityFile: string
}

/** An analogue telephone behind an adapter: it reports, and takes no commands. */
export interface AnaloguePhoneConfig {
  readonly vendor: 'analogue'
  readonly mac?: string
  readonly model?: string
  /** As printed on the adapter, from 1. */
  readonly port: number
  /** The number that the adapter's log has for it; left out, one less. */
  readonly portInLog?: number
  /** Expressions in place of the built-in ones, checked by `pattern.ts`. */
  readonly patterns: Readonly<Partial<Record<LogWord, string>>>
  readonly snmp?: SnmpConfig
}
export type PhoneConfig = CommandedPhoneConfig | AnaloguePhoneConfig

export interface ListenConfig extends EndpointConfig {
  readonly tokenFile: string
  readonly allow: readonly string[]
  readonly syslogPort: number
}

export interface GpioSeatConfig {
  readonly driver: 'gpio'
  readonly line: number
  readonly occupied: 'high' | 'low'
  readonly chip?: string
  readonly bias?: 'pull-up' | 'pull-down' | 'disabled'
  /** The contact must have been steady for so long before it is believed. */
  readonly debounceMs: number
}
export type SeatConfig =
  | { readonly driver: 'none' }
  | GpioSeatConfig
  | { readonly driver: 'bridge' }
  | { readonly driver: 'mqtt'; readonly topic: string; readonly path: string; readonly occupied: string | number | boolean }

export interface LampPositions<Light> {
  readonly left: Light
  readonly middle: Light
  readonly right: Light
}
/** Exactly one of `line`, `lines`, `led` and `leds` is given; `chip` belongs to the first two. */
export interface GpioLampConfig {
  readonly driver: 'gpio'
  readonly line?: number
  readonly lines?: LampPositions<number>
  readonly led?: string
  readonly leds?: LampPositions<string>
  readonly chip?: string
}
export type LampConfig = { readonly driver: 'none' } | GpioLampConfig | { readonly driver: 'bridge' } | { readonly driver: 'mqtt'; readonly topic: string }

/** How the lines of this machine are reached. */
export interface GpioConfig {
  readonly driver: 'auto' | 'onoff' | 'gpiod'
}

export interface BridgeConfig {
  readonly path: string
  /** Only what shall differ from the firmware's own. */
  readonly thresholds?: BridgeThresholds
}

/** By which way the phone's forwarding is set: the phone's own, the codes that it dials, its settings, the exchange's feature codes; or not at all. */
export const forwardWays = ['phone', 'star-codes', 'configuration', 'exchange', 'none'] as const
export type ForwardWay = (typeof forwardWays)[number]

/**
 * By which ways a telephone can be told itself; first the one that is taken where the office has not chosen. How each is done, the makers' own folders say
 * (`src/phones/…/forwarding.ts`), and the compiler holds them to this table.
 */
export const ownForwardWays = {
  yealink: ['phone'],
  grandstream: ['star-codes', 'configuration'],
  analogue: [],
} as const

/** All that may be chosen for a telephone of this maker: the exchange serves any. */
export function forwardWaysOf(vendor: PhoneConfig['vendor']): readonly ForwardWay[] {
  return [...ownForwardWays[vendor], 'exchange', 'none']
}

export interface ForwardingConfig {
  /** Left out: what the phone does best (`src/phones/forward-way.ts`). */
  readonly by?: ForwardWay
  /** Where the clerk is reached who works elsewhere (`absence.set {kind: remote}`). */
  readonly remoteNumber?: string
}

export interface SipConfig {
  readonly server: string
  readonly port: number
  readonly transport: 'udp' | 'tcp'
  readonly user: string
  readonly passwordFile?: string
  readonly watch?: string
  readonly holdSemantics: 'ignore' | 'local'
  /** Feature codes of the exchange: before the number, and to end it. The first two forward every call, the others after ringing in vain. */
  readonly forwardOn?: string
  readonly forwardOff?: string
  readonly forwardNoAnswerOn?: string
  readonly forwardNoAnswerOff?: string
  /** The extension whose dialog state shows whether the desk is forwarded, such as `*96101`. */
  readonly forwardHint?: string
  /** A feature code by which the exchange holds the call of the desk's own telephone. */
  readonly holdCode?: string
  /** Whether a Yealink that cannot be told over HTTP is told by NOTIFY. */
  readonly actionUriNotify: boolean
  /** This machine's address towards the server; found by itself if left out. */
  readonly localHost?: string
  /** 0 lets the system choose. */
  readonly localPort: number
  /** The domain of the user's address; the server if left out. */
  readonly domain?: string
}

export interface WorkingHoursConfig {
  readonly timezone: string
  /** Spans such as `07:30-15:30`. */
  readonly week: Readonly<Record<Weekday, readonly string[]>>
  readonly holidays: 'pl' | 'none'
  readonly exceptions: Readonly<Record<string, readonly string[]>>
}
export interface PolicyConfig extends Omit<Policy, 'workingHours' | 'numbers' | 'substitutes' | 'desk' | 'remoteNumber'> {
  readonly workingHours: WorkingHoursConfig
}
/** As it is written: how long a ring sounds follows from how often it rings. */
export type WrittenPolicy = Omit<PolicyConfig, 'ringBurstMs'> & Partial<Pick<PolicyConfig, 'ringBurstMs'>>

export interface BrokerConfig {
  readonly url: string
  readonly profile: 'full' | 'events'
  readonly username: string
  readonly passwordFile?: string
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

export interface StoreConfig {
  readonly directory: string
}
export interface PrivacyConfig {
  readonly callerReference: 'off' | 'hmac'
  readonly keyFile?: string
}
export interface HomeAssistantConfig {
  readonly discovery: boolean
  readonly prefix: string
}
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
export interface LogConfig {
  readonly level: (typeof logLevels)[number]
}

/** The central side of one office. */
export interface HubConfig {
  readonly site: string
  readonly http: NamedEndpointConfig
  readonly broker: HubBrokerConfig
  /** Where the record of events is kept; in memory if left out. */
  readonly store?: StoreConfig
  /** The file that says who takes whose calls. */
  readonly directory?: string
  readonly warden?: WardenConfig
  readonly log: LogConfig
}

/** The second undoer of every forwarding. */
export interface WardenConfig {
  /** How long an agent may be away before its phone is freed: longer than a restart of the machine. */
  readonly graceMs: number
  /** The file with the phones that it can reach, and how. */
  readonly phonesFile: string
}
export interface EmbeddedBrokerConfig extends EndpointConfig {
  readonly usersFile?: string
  readonly homeAssistantPrefix?: string
}

/** A broker inside the hub's own process, or a connection to one that the office has. */
export type HubBrokerConfig = { readonly embedded: EmbeddedBrokerConfig } | ({ readonly embedded?: never; readonly url: string } & HubLogin)

/** What belongs to a broker with a URL. */
export interface HubLogin {
  readonly username?: string
  readonly passwordFile?: string
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  readonly profile?: 'full' | 'events'
}

/**
 * The configuration as a person wrote it, checked, with every default that does not depend on another key or on where the file lies;
 * `complete.ts` adds those.
 */
export type WrittenAgent = Omit<AgentConfig, 'listen' | 'policy' | 'broker' | 'store'> & {
  readonly policy: WrittenPolicy
  readonly listen: Omit<ListenConfig, 'allow'> & { readonly allow?: readonly string[] }
  readonly broker: Omit<BrokerConfig, 'username'> & { readonly username?: string }
  readonly store?: StoreConfig
}
export type WrittenHub = Omit<HubConfig, 'broker'> & { readonly broker?: WrittenHubBroker }
export interface WrittenHubBroker extends HubLogin {
  readonly embedded?: EmbeddedBrokerConfig
  readonly url?: string
}
