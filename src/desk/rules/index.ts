import { askAtDayEnd } from '../ask-at-day-end.ts'
import { report } from '../report.ts'
import { announcedTransfer } from './announced-transfer.ts'
import { callbacks } from './callbacks.ts'
import { callerHangsUpFirst } from './caller-hangs-up-first.ts'
import { forwardOnAbsence } from './forward-on-absence.ts'
import { holdOnLeave } from './hold-on-leave.ts'
import { longHold } from './long-hold.ts'
import type { Judge, Rule } from './rule.ts'
import { speakerphoneConsent } from './speakerphone-consent.ts'
import { thirdRing } from './third-ring.ts'

/** The office's card: its procedure, in its order. */
export const rules: readonly Rule[] = [
  thirdRing,
  callbacks,
  forwardOnAbsence,
  holdOnLeave,
  callerHangsUpFirst,
  speakerphoneConsent,
  announcedTransfer,
  longHold,
]

/** All who look at a desk: first the plain report of what happened, then the office's card, then the question that is on no card. */
export const judges: readonly Judge[] = [report, ...rules, askAtDayEnd]
