import { expect, test } from 'vitest'
import { limits, policyDefaults } from '../../src/desk/policy.ts'
import { rules } from '../../src/desk/rules/index.ts'

test('the defaults are those of the contract, §2', () => {
  expect(policyDefaults).toEqual({
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
  })
})

test('the limits that the procedure names are the procedure’s', () => {
  // §4.8, 13 (three times), R-L1 and story 22 (a cue of three seconds), 4.5 and story 13 (thirty seconds), III.2 (two minutes), III.13 (ten minutes before).
  expect(limits).toMatchObject({ seatContradictionsMax: 3, speakerCueMs: 3000, unresolvedMs: 30_000, promiseAfterCallMs: 120_000, promiseNoticeMs: 600_000 })
})

test('the office’s card has the eight rules in order, each under its clause', () => {
  expect(rules.map(({ name, clause }) => `${clause} ${name}`)).toEqual([
    'III.1 third-ring',
    'III.3a, III.13, III.2 callbacks',
    'III.3b forward-on-absence',
    'III.8 hold-on-leave',
    'III.12 caller-hangs-up-first',
    'III.14 speakerphone-consent',
    'III.15 announced-transfer',
    'III.16 long-hold',
  ])
})
