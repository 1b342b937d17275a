import type { Millis } from '../desk/time.ts'

/**
 * The largest packet, written once for all who take or make one: the agent and the hub (MQTT 5 §3.1.2.11.4), the broker inside the hub, mosquitto's
 * configuration. One message needs it, the directory of an office of a thousand desks.
 */
export const packetBytesMax = 262_144

/** What is no payload in it: the fixed header, the topic (ours have at most 120 characters), the properties of MQTT 5. */
export const packetFrameBytes = 512

export const payloadBytesMax: number = packetBytesMax - packetFrameBytes

/** Everything of the line to the broker that could grow, repeat or wait without end, with its bound. */
export interface LinkLimits {
  readonly connectTimeoutMs: Millis
  /** `online` waits so long for the broker's answer to the subscriptions. */
  readonly subscribeTimeoutMs: Millis
  /** A topic at whose subscription the broker closes the connection is tried again after this, and after ever longer, up to the last. */
  readonly deniedRetryFirstMs: Millis
  readonly deniedRetryLastMs: Millis
  /** A link on which nothing is heard is given up after one and a half times this (MQTT 5 §3.1.2.10). */
  readonly keepaliveSeconds: number
  /** Between two attempts to connect: a random time from the first to the doubled one, up to the last. */
  readonly backOffFirstMs: Millis
  readonly backOffLastMs: Millis
  /** A desk that came up with its machine, and so soon after it, connects for the first time at a random moment within this. */
  readonly justBootedMs: Millis
  readonly bootSpreadMs: Millis
  /** A connection that has lasted so long was a good one: the next loss begins with the shortest wait. */
  readonly stableMs: Millis
  /**
   * Two clients under one name: so many good connections in a row that end within a time speak for it. The desk then stays away for a random time from the
   * first to its doubled one, up to the last; a connection that is not closed for so long ends the suspicion.
   */
  readonly clashCloses: number
  readonly clashWithinMs: Millis
  readonly clashBackOffFirstMs: Millis
  readonly clashBackOffLastMs: Millis
  readonly clashForgetMs: Millis
  /** `online` is said once more after this: the will of a connection that this one replaced may come late. */
  readonly reassertMs: Millis
  /** Messages with QoS 1 that the broker has not acknowledged: at most so many events, and so many of all. It may ask for fewer (Receive Maximum). */
  readonly eventWindow: number
  readonly inFlightMax: number
  /** Messages with QoS 1 that wait for one of those places; beyond this they are dropped. */
  readonly queueMax: number
  /** A replay sends at most so many events for one command, reads so many at once, and has so many under way that are not acknowledged. */
  readonly replayEventsMax: number
  readonly replayReadEvents: number
  readonly replayWindow: number
  /** A request to say everything again is answered at a random moment within this, and the next one not before a pause. */
  readonly rebirthSpreadMs: Millis
  readonly rebirthPauseMs: Millis
  /** After the broker has turned down an event, and before it is sent again. */
  readonly refusedRetryMs: Millis
  /** The same level is not sent more often than this; what changes in between is sent once, as it is then. */
  readonly levelGapMs: Millis
  /** What the socket has not taken; beyond this a message that may be dropped is. */
  readonly unsentBytesMax: number
  /** The end takes two seconds at most: for events that are still waiting, for `offline`, for the disconnect. */
  readonly stopDrainMs: Millis
  readonly stopOfflineMs: Millis
  readonly stopCloseMs: Millis
  /** Nothing larger is wanted from the broker: one of MQTT 5 is told so; what comes all the same ends the connection before it is kept. */
  readonly packetBytesMax: number
  readonly commandBytesMax: number
  readonly commandIdLengthMax: number
  /** No command is valid for longer. */
  readonly commandLifeMaxMs: Millis
  /** Ids that are remembered, and the last events that are searched for them at the start. */
  readonly commandIdsMax: number
  readonly commandHistoryEvents: number
  /** So many commands at once, then so many a second. */
  readonly commandBurst: number
  readonly commandsPerSecond: number
}

export const linkLimits: LinkLimits = {
  connectTimeoutMs: 10_000,
  subscribeTimeoutMs: 5000,
  deniedRetryFirstMs: 600_000,
  deniedRetryLastMs: 86_400_000,
  keepaliveSeconds: 15,
  backOffFirstMs: 500,
  backOffLastMs: 15_000,
  justBootedMs: 180_000,
  bootSpreadMs: 60_000,
  stableMs: 10_000,
  clashCloses: 4,
  clashWithinMs: 20_000,
  clashBackOffFirstMs: 30_000,
  clashBackOffLastMs: 300_000,
  clashForgetMs: 600_000,
  reassertMs: 3000,
  eventWindow: 32,
  inFlightMax: 64,
  queueMax: 256,
  replayEventsMax: 1000,
  replayReadEvents: 32,
  replayWindow: 8,
  rebirthSpreadMs: 10_000,
  rebirthPauseMs: 10_000,
  refusedRetryMs: 30_000,
  levelGapMs: 200,
  unsentBytesMax: 262_144,
  stopDrainMs: 1000,
  stopOfflineMs: 600,
  stopCloseMs: 400,
  packetBytesMax,
  commandBytesMax: 4096,
  commandIdLengthMax: 64,
  commandLifeMaxMs: 3_600_000,
  commandIdsMax: 1024,
  commandHistoryEvents: 2000,
  commandBurst: 60,
  commandsPerSecond: 2,
}
