/** Everything of provisioning that could grow or wait without end, with its bound. */
export const provisioningLimits = {
  /** A list of all desks of a city is below a megabyte. */
  csvBytesMax: 4_194_304,
  desksMax: 2000,
  substitutesMax: 8,
  /** Programs of openssl at the same time. */
  certificatesAtOnce: 4,
  /** One run of openssl; it takes some hundredths of a second. */
  opensslMs: 60_000,
  opensslOutputBytesMax: 1_048_576,
  /** A certificate that ends sooner is told of. */
  certificateWarnDays: 60,
  /** The authority, and the revocation list: were either to end, every desk would be shut out at once. */
  authorityDays: 7300,
} as const

/** A consumer that has been away for longer begins anew, and asks for what it lacks; and so many messages are under way to one that is there. */
export const consumerLimits = { sessionDays: 14, inflightMessagesMax: 64 } as const

/** What mosquitto keeps and takes at most. Each has a default that is wrong for an office (mosquitto.conf(5)). */
export const mosquittoLimits = {
  /** The default is 1800: what a power cut takes is what came since. */
  autosaveSeconds: 30,
  /** For each consumer that is away. 0, “no limit”, makes mosquitto 2.0.11 cut every client whose message it denies. */
  queuedMessagesMax: 50_000,
  queuedBytesMax: 67_108_864,
  keepaliveSecondsMax: 120,
  /** Of the file of passwords. They are random and long, so that trying them out is hopeless at any speed. */
  hashIterations: 101,
} as const
