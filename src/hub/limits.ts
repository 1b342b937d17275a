/** Everything of the hub that could grow or wait without end, with its bound. */
export const hubLimits = {
  /** Desks of one office; further names are counted and left out. */
  desksMax: 500,
  /** Events kept for the page: of each desk, and of the office. */
  deskEventsMax: 6,
  officeEventsMax: 120,
  /** Gaps remembered one by one in a desk's sequence; the oldest is given up first. */
  gapsMax: 32,
  callsMax: 16,
  /** Names in a `health` or `day`, and the length of a text anywhere. */
  figuresMax: 128,
  textMax: 128,
  /** One MQTT packet, and the payload that is read from it. */
  packetBytesMax: 65_536,
  brokerConnectionsMax: 1000,
  /** From a connection to its CONNECT. */
  brokerConnectMs: 10_000,
  /** Retained topics of one user: a desk has eight, and some for Home Assistant. */
  retainedTopicsMax: 200,
  /** Between two attempts to reach the broker. */
  reconnectMinMs: 500,
  reconnectMaxMs: 15_000,
  /** How long a command may still be obeyed, how long we wait for its answer, and how many may be waiting. */
  commandLifeMs: 5000,
  commandWaitMs: 6000,
  commandsMax: 100,
  /** Browsers that watch, what each may leave unread, and what is kept for one that was away. */
  viewersMax: 200,
  viewersPerAddressMax: 50,
  /** Connections of one address to the page: a browser takes six at a time, and one that watches. */
  httpConnectionsPerAddressMax: 150,
  viewerBytesMax: 1_048_576,
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
  /** How long the stop waits for each part. */
  stopMs: 2000,
} as const
