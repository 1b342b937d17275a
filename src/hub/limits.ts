/** Everything of the hub that could grow or wait without end, with its bound. */
export const hubLimits = {
  /** Desks of one office; further names are counted and left out. */
  desksMax: 1000,
  /** Events kept for the page: of each desk, and of the office. */
  deskEventsMax: 6,
  officeEventsMax: 120,
  /** Gaps remembered one by one in a desk's sequence, and epochs of one desk. */
  gapsMax: 32,
  epochsMax: 8,
  callsMax: 16,
  /** Names in a `health` or `day`, and the length of a text anywhere. */
  figuresMax: 128,
  textMax: 128,
  /** One MQTT packet of anybody but the hub itself, with a password or before it, and the payload that is read from it. */
  clientPacketBytesMax: 65_536,
  brokerConnectionsMax: 1200,
  brokerConnectionsPerAddressMax: 500,
  /** Wrong passwords of one address, and passwords worked out at a time. */
  loginFailureBurst: 10,
  loginFailuresPerSecond: 0.2,
  derivationsMax: 2,
  /** Packets that one client publishes: so many at once, then so many a second; and the filters that it may hold. */
  publishBurst: 2000,
  publishesPerSecond: 1000,
  subscriptionsMax: 100,
  /** The log tells of one client's refusals, for one reason, so often. */
  refusalLogMs: 60_000,
  /** From a connection to its CONNECT. */
  brokerConnectMs: 10_000,
  /** Retained topics of one user: a desk has eight, and some for Home Assistant. */
  retainedTopicsMax: 200,
  /** The same of the hub's own, which says something of each desk. */
  hubRetainedTopicsMax: 1100,
  /** Between two looks whether the users file has changed; and the passwords that one user may have at a time. */
  usersFileLookMs: 1000,
  passwordsMax: 3,
  /** At most one rebirth in this time; a desk that sends events is waited for so long before one is asked for because it has not said who it is. */
  rebirthGapMs: 60_000,
  rebirthsMax: 3,
  bornWaitMs: 5000,
  /** A desk that has not spoken so long after the hub has found its broker is unknown. An agent answers a rebirth within ten seconds. */
  rebirthWaitMs: 30_000,
  /** A desk whose last event is not older is shown, as unknown, before it has spoken. */
  rememberedMs: 604_800_000,
  /** How long a command may still be obeyed, how long we wait for its answer, and how many may be waiting. */
  commandLifeMs: 5000,
  commandWaitMs: 6000,
  /** By the office's clock, which a demonstration may make run fast: an agent refuses what is valid for more than an hour. */
  commandExpiryMaxMs: 3_300_000,
  commandsMax: 100,
  /** Browsers that watch, what each may leave unread (a thousand desks are 2.3 MB to begin with), and what is kept for one that was away. */
  viewersMax: 200,
  viewersPerAddressMax: 50,
  /** Connections of one address to the page: a browser takes six at a time, and one that watches. */
  httpConnectionsPerAddressMax: 150,
  viewerBytesMax: 4_194_304,
  replayFramesMax: 2000,
  replayBytesMax: 2_097_152,
  pingMs: 15_000,
  browserRetryMs: 2000,
  /** One request of a browser. */
  bodyBytesMax: 4096,
  requestMs: 10_000,
  /** Requests that change something, from one address: so many at once, then so many a second. */
  requestBurst: 30,
  requestsPerSecond: 10,
  /** Requests that only look: a page is a dozen files, and an office may sit behind one proxy. */
  readBurst: 600,
  readsPerSecond: 100,
  addressesMax: 1000,
  /** The record. Without a directory: so many events a desk, in memory. */
  memoryEventsMax: 200,
  /** With one: 90 days (procedure 3.3 R-P4), and at most so much of one desk, in characters; looked at so often, so many events at a time. */
  recordKeepMs: 7_776_000_000,
  recordDeskBytesMax: 40_000_000,
  recordSweepMs: 600_000,
  recordSweepEventsMax: 512,
  /** Events that wait for the medium; beyond this one is left to be asked for again later. */
  recordPendingBytesMax: 64_000_000,
  /** The repair of a damaged record: gigabytes are read and written once. */
  recordRepairMs: 600_000,
  /** A desk's event waits so long for the medium before the embedded broker acknowledges it all the same: a deaf broker helps nobody. */
  storeWaitMs: 2000,
  /** Events in one answer of the record, and answers that are being made at a time. */
  recordReadersMax: 8,
  recordPageMax: 1000,
  recordPageDefault: 100,
  /** Alarms: looked at so often, told at most so many at a time. */
  alarmTickMs: 1000,
  alarmsMax: 200,
  /** A desk is silent when its `health` is so much later than it should be, or when it is gone for so long. */
  alarmAfterMs: 60_000,
  alarmUnsyncedMs: 600_000,
  alarmMissingMs: 600_000,
  diskLowBytes: 100_000_000,
  /** Two machines under one name show within this; a client identifier is fought over when its desk comes and goes so often in so long. */
  alarmDuplicateMs: 900_000,
  alarmFlappingMs: 300_000,
  alarmTurns: 4,
  turnsMax: 16,
  livesMax: 8,
  /** Refused requests are an alarm for an hour, lost events for a day. */
  alarmSecurityMs: 3_600_000,
  alarmLossMs: 86_400_000,
  /** A phone is suspiciously quiet when its desk has been watched so long today without a call, and so many neighbours have had so many each. */
  quietObservedMs: 7_200_000,
  quietNeighbours: 2,
  quietNeighbourCalls: 5,
  /** The file of the directory is looked at so often, and what it says is published again so often, for desks that wait to hear it from the hub itself. */
  directoryLookMs: 1000,
  directoryAgainMs: 3_600_000,
  /** Changes of `hub/presence` within this go out together; after a connect the hub waits first for what the broker has kept. */
  presenceGapMs: 250,
  presenceFirstMs: 1000,
  /** So many of them at a time; the others follow after the gap. */
  presenceBatchMax: 100,
  /** A desk that has not been heard of so long after the hub found its broker is said not to be there: more than the wait of an agent that comes back. */
  presenceUnknownMs: 20_000,
  /** Promises that are carried to another desk: so many at once, each tried again so often at first and then ever more seldom, and given up at last. */
  promisesMax: 500,
  /** Of one desk, and so many that wait for an answer at a time: less than `commandsMax`, of which the page has the rest. */
  promisesOfDeskMax: 100,
  promisesAskedMax: 50,
  /** Who was given a promise may say for so long that it is kept; so many are remembered. */
  promiseKeptMs: 2_592_000_000,
  promisesGivenMax: 2000,
  promiseFirstMs: 2000,
  promiseLastMs: 300_000,
  promiseGiveUpMs: 86_400_000,
  /** How long the stop waits for each part. */
  stopMs: 2000,
} as const

/** How gaps are repaired. */
export interface RepairLimits {
  /** How often the desks' sequences are looked at, and how long a gap must have been there before its events are asked for: they may be on their way. */
  readonly repairTickMs: number
  readonly gapSettleMs: number
  /** Events that are asked for at once, and desks that are asked at a time. */
  readonly replayRangeMax: number
  readonly repairsMax: number
  /** How long a request for events may still be obeyed, how long the answer is waited for, and after it the last of the events. */
  readonly replayLifeMs: number
  readonly replayWaitMs: number
  readonly replayArrivalMs: number
  /** Between two requests to a desk that went well; after one that did not: the first wait, doubled each time up to the last. */
  readonly replayPaceMs: number
  readonly repairFirstMs: number
  readonly repairLastMs: number
}

export const repairLimits: RepairLimits = {
  repairTickMs: 500,
  gapSettleMs: 2000,
  replayRangeMax: 500,
  repairsMax: 8,
  replayLifeMs: 20_000,
  replayWaitMs: 30_000,
  replayArrivalMs: 1000,
  replayPaceMs: 100,
  repairFirstMs: 2000,
  repairLastMs: 300_000,
}
