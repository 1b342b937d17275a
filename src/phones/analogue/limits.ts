import type { Millis } from '../../desk/time.ts'

/** All that bounds the dealings with an adapter, and how long is waited for what. */
export interface AnalogueLimits {
  /** A datagram of RFC 3164 has at most 1024 bytes; a longer one is not read. */
  readonly datagramBytesMax: number
  /** Of a line's text only so much is looked at. The adapter sends pieces of 150 characters; two joined and their head stay below this. */
  readonly textLengthMax: number
  /** A piece at least so long may go on in the next line (reference/grandstream.md §1.5 a), if that comes within `pieceWithinMs`. */
  readonly pieceLengthMin: number
  readonly pieceWithinMs: Millis
  /** A call makes some twenty lines at DEBUG, a restart some hundreds. */
  readonly burst: number
  readonly perSecond: number
  /** What the system may keep of arrived datagrams that we have not read yet. */
  readonly receiveBufferBytes: number

  /** Words of two sources, or a word and its double, within this time speak of one call. */
  readonly mergeMs: Millis
  /** Two datagrams within this time may have overtaken each other: who hung up first is then not known. */
  readonly overtakenMs: Millis
  /** The handset is not lifted again so soon after it was put down. */
  readonly hookAgainMs: Millis
  /** For so long after a call's end the adapter may still say how it ended. */
  readonly endWordsMs: Millis
  /** After the adapter stopped ringing, the handset or the end of the call is waited for so long: longer than the pause between two bursts. */
  readonly ringStopMs: Millis
  /** A telephone that is said to ring, with nobody counting, is not believed any longer than this: adapters give up after 60 s. */
  readonly ringMaxMs: Millis
  /** After a restart in the middle of ringing, the bridge may have to wait so long for its first burst (`ringOverMs`, protocol.md). */
  readonly ringOverMs: Millis
  /** What a bridge says of the hook while it has run for less than this is not believed yet: it needs half a second to know. */
  readonly bridgeSettleMs: Millis
  /** What the log says of the hook the bridge sees so much later at most: on-hook takes it 450 ms (`onHookMs`, protocol.md). */
  readonly hookSeenMs: Millis
  /** A burst that had begun is known for one so much later at most. */
  readonly burstSeenMs: Millis
  /** A word about the hook older than this, with no bridge alive, may be corrected by SNMP. */
  readonly hookStaleMs: Millis

  /** The adapter counts as there for so long after a line of its log, if nothing else tells. */
  readonly logAliveMs: Millis

  /** An exchange that has told of the telephone, and tells again within this, was not away: a subscription is lost and made anew. */
  readonly sightLostMs: Millis

  /** For one SNMP request; and how often it is sent again. */
  readonly snmpTimeoutMs: Millis
  readonly snmpRetries: number
  /** Values of the subtree that are read, at most. */
  readonly snmpValuesMax: number
  /** How often the adapter is asked, if nothing else speaks. */
  readonly snmpEveryMs: Millis
  /** From a first reading that is not trusted to the second. */
  readonly snmpAgainMs: Millis
}

export const analogueLimits: AnalogueLimits = {
  datagramBytesMax: 1024,
  textLengthMax: 400,
  pieceLengthMin: 140,
  pieceWithinMs: 500,
  burst: 400,
  perSecond: 100,
  receiveBufferBytes: 262_144,
  mergeMs: 1500,
  overtakenMs: 100,
  hookAgainMs: 300,
  endWordsMs: 1500,
  ringStopMs: 7000,
  ringMaxMs: 180_000,
  ringOverMs: 8000,
  bridgeSettleMs: 1500,
  hookSeenMs: 700,
  burstSeenMs: 500,
  hookStaleMs: 30_000,
  logAliveMs: 300_000,
  sightLostMs: 15_000,
  snmpTimeoutMs: 2000,
  snmpRetries: 1,
  snmpValuesMax: 64,
  snmpEveryMs: 60_000,
  snmpAgainMs: 3000,
}
