import type { WorkingHours } from './calendar.ts'
import type { Numbering } from './number.ts'
import type { Millis } from './time.ts'

/** How the clerk of a desk works: only at a `fixed` desk may the agent put a call on hold, the others are reminded. */
export type Mobility = 'fixed' | 'headset' | 'standing'

/** When the substitute gets the call: after the desk has rung in vain, or at once. */
export type ForwardKind = 'no-answer' | 'always'

/** The office's numbers. Each has its default in `defaultPolicy`; a desk's configuration may change any of them. */
export interface Policy {
  /** From the start of one ring to the start of the next, where rings are derived from time. */
  readonly ringPeriodMs: Millis
  /** How long one ring sounds: who answers within the burst of the last allowed ring kept the strict reading of III.1. */
  readonly ringBurstMs: Millis
  /** The warning begins with this ring; III.1 is broken when the next would begin. */
  readonly warnAtRing: number
  /** Empty seat in a call: from here to the lamp's warning, and to the hold. */
  readonly seatWarningMs: Millis
  readonly seatGraceMs: Millis
  /** Evidence of the seat older than this never moves a call. */
  readonly seatEvidenceMaxAgeMs: Millis
  /** How long the phone may take to say that the call is held. */
  readonly holdConfirmMs: Millis
  /** A caller on hold: the clerk is reminded each time this has passed, and it is overdue after the second. */
  readonly longHoldMs: Millis
  readonly overdueHoldMs: Millis
  /** The seat empty for this long is a longer absence. */
  readonly absenceMs: Millis
  readonly forwardKind: ForwardKind
  /** A forwarding of ours ends by itself after the lease, unless it is renewed. */
  readonly leaseMs: Millis
  readonly leaseRenewMs: Millis
  /** The two signs of a call's end closer together than this leave open who hung up first. */
  readonly hangUpWindowMs: Millis
  readonly workingHours: WorkingHours
  /** A missed caller is called back within this much working time. */
  readonly callbackDueWorkingMinutes: number
  /** A promise is kept if the call is made within plus or minus this much of the agreed time. */
  readonly promiseWindowMinutes: number
  /** A phone that can be reached and has said nothing for this much working time is suspected of not posting its events. */
  readonly phoneSilentWorkingMinutes: number
  /** Such a call is never touched. */
  readonly emergencyNumbers: readonly string[]
  readonly mobility: Mobility
  /** False for a clerk who must not be shown flashing light: every pattern is then steady. */
  readonly flashing: boolean
  /** How this office's telephone numbers are written. */
  readonly numbers: Numbering
  /** Who takes the calls on a longer absence, in this order; empty where the office has not arranged it. */
  readonly substitutes: readonly Substitute[]
  /** This desk's own name, by which it finds itself in what is said of others. */
  readonly desk?: string
  /** Where a clerk is reached who works elsewhere. */
  readonly remoteNumber?: string
}

/** A desk that takes another one's calls, and the number that reaches it. */
export interface Substitute {
  readonly desk: string
  readonly number: string
  /** How many absent desks it takes calls for at once; the office's default if left out. */
  readonly absenteesMax?: number
  /** The hours of the week in which it stands in; always if left out. */
  readonly week?: WorkingHours['week']
}

/** The numbers of the contract, §2. What an office must say itself (its hours, its numbering, its substitutes) is not among them. */
export const policyDefaults: Omit<Policy, 'workingHours' | 'numbers' | 'substitutes' | 'desk' | 'remoteNumber'> = {
  ringPeriodMs: 5000,
  ringBurstMs: 1000,
  warnAtRing: 3,
  seatWarningMs: 6000,
  seatGraceMs: 8000,
  seatEvidenceMaxAgeMs: 10_000,
  holdConfirmMs: 1500,
  longHoldMs: 45_000,
  overdueHoldMs: 120_000,
  absenceMs: 600_000,
  forwardKind: 'no-answer',
  leaseMs: 1_800_000,
  leaseRenewMs: 300_000,
  hangUpWindowMs: 400,
  callbackDueWorkingMinutes: 480,
  promiseWindowMinutes: 15,
  phoneSilentWorkingMinutes: 960,
  emergencyNumbers: ['112', '997', '998', '999', '986'],
  mobility: 'fixed',
  flashing: true,
}

/** Limits that are not the office's to choose; each exists so that nothing grows or waits without end. */
export const limits = {
  /** Live calls of one desk; a phone that claims more is not believed. */
  callsMax: 8,
  /** Open callbacks; the oldest that cannot be called anyway goes first, then the oldest. */
  callbacksMax: 500,
  /** Rings that are announced one by one; a phone left ringing longer is known by now. */
  ringsMax: 60,
  /** Two words of the phone within this time may have overtaken each other on the network. */
  reorderMs: 1000,
  /** A call's end stays provisional for so long after its reason is known, for the word that may contradict it … */
  settleMs: 2000,
  /** … and for so long if no reason ever comes. */
  unresolvedMs: 30_000,
  /** An event may come so much later than a look at the phone that showed the same: phones post one after the other, and try again. */
  eventLateMs: 10_000,
  /** A call of which nothing more is heard: ringing, dialling, talking. */
  alertingMaxMs: 300_000,
  dialingMaxMs: 300_000,
  talkingMaxMs: 14_400_000,
  /** A handset put down this long before a call ends did not end it. */
  onHookEndsCallMs: 2000,
  /** The reminder of III.14 on the lamp. */
  speakerCueMs: 3000,
  /** Work at the phone while the seat says empty: so many times, and the seat is no longer believed. */
  seatContradictionsMax: 3,
  /** The seat changing more often than this within a minute is not a person. */
  seatChangesPerMinuteMax: 30,
  /** `command/lamp.test`, `command/identify`: how long the lamp shows it. */
  lampTestMs: 5000,
  identifyMs: 30_000,
  /** A command of ours that the phone has not answered in any way. */
  commandAnswerMs: 10_000,
  /** The same for an order to forward, which may have to be read back, or waits for the exchange to hang up. */
  forwardAnswerMs: 15_000,
  /** So long after an order of ours the phone's word about forwarding is its echo, never a person's (the on/off loop of reference/yealink.md §4). */
  forwardEchoMs: 10_000,
  /** A phone may obey so late. Who has told it knows that it has not yet; who comes after them does not. */
  forwardLateMs: 30_000,
  /** An order that was not confirmed is given again after so long, then after twice that, up to the longest; setting only so often in one absence. */
  forwardRetryMs: 10_000,
  forwardRetryMaxMs: 300_000,
  forwardTriesMax: 4,
  /** So long after the agent's start a substitute that has our calls, and of which nothing has been heard yet, is taken to be there still. */
  substituteUnknownMs: 60_000,
  /** Calls that are handed on to the next substitute are handed on at once only so often; in between two settings are as far apart as tries are. */
  handoverRestMs: 60_000,
  /** A directory that has not been heard of for so long forwards nobody any more; leases that run go on to their end. */
  directoryMaxAgeMs: 86_400_000,
  /** Where a warden must answer for a forwarding, so long without one ends it: less than the warden's own grace. */
  wardenLostMs: 120_000,
  /** How many absent desks a substitute takes calls for where the directory does not say. */
  absenteesMax: 2,
  /** Before a forwarding is set, the phone is read: a person's is not written over. So old may that reading be. */
  forwardReadingMs: 10_000,
  /** `command/forward.set`: so long an order to forward holds, if nobody comes back or takes it back. */
  forwardOrderMs: 43_200_000,
  /** `command/forward.clear`: nothing is forwarded for so long, nor is an empty seat an absence (the clerk's "not away"). */
  notAwayMs: 3_600_000,
  /** A break that was declared without an end. */
  lunchMs: 900_000,
  /** A promise may be made for the call that ended at most so long ago. */
  promiseAfterCallMs: 120_000,
  /** The clerk is reminded of an agreed time this long before it. */
  promiseNoticeMs: 600_000,
  /** The question at the end of the working day stays on the lamp for so long; and so late may it still be put, where nobody could look sooner. */
  dayEndAskMs: 900_000,
} as const
