/** What `third-ring provision --desks` must know of an office beside the list of its desks; what each key means is said in `office-schema.ts`. */
export interface OfficeConfig {
  readonly site: string
  readonly broker: OfficeBrokerConfig
  readonly users: OfficeUsersConfig
  readonly phone: OfficePhoneConfig
  readonly departments: Readonly<Record<string, { readonly phonePasswordFile: string }>>
  readonly homeAssistant?: { readonly prefix: string }
  /** Keys of an agent's configuration that all desks share; checked with each desk. */
  readonly agent: Readonly<Record<string, unknown>>
}

export const brokerKinds = ['mosquitto', 'rabbitmq', 'embedded'] as const

export interface OfficeBrokerConfig {
  readonly kind: (typeof brokerKinds)[number]
  readonly host: string
  readonly names: readonly string[]
  readonly port: number
  readonly certificatePort: number
  readonly localPort: number
  readonly websocketPort?: number
  readonly login: 'password' | 'certificate'
  readonly certificateDays: number
  readonly directory: string
  readonly data: string
  /** The user that the broker runs as. */
  readonly runsAs: string
}

export interface OfficeUsersConfig {
  readonly admins: readonly string[]
  readonly viewers: readonly string[]
  readonly homeAssistants: readonly string[]
}

export interface OfficePhoneConfig {
  readonly username: string
  readonly passwordFile?: string
  readonly warden?: string
  /** What the warden comes in with; the agents' own where it is left out. */
  readonly wardenUsername?: string
  readonly wardenPasswordFile?: string
}
