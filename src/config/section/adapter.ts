import * as v from 'valibot'
import type { AnaloguePhoneConfig, LogWord, SnmpConfig } from '../config.ts'
import { patternFault, patternLengthMax } from '../pattern.ts'
import { address, file, whole } from '../values.ts'

/** A regular expression, tried on a line of the adapter's log without regard to capitals. */
function pattern(meaning: string) {
  return v.exactOptional(
    v.pipe(
      v.string(),
      v.description(`The line that says: ${meaning}.`),
      v.nonEmpty('must not be empty'),
      v.maxLength(patternLengthMax),
      v.check(
        (value) => patternFault(value) === undefined,
        (issue) => patternFault(issue.input) ?? '',
      ),
    ),
  )
}

const patternEntries: Record<LogWord, ReturnType<typeof pattern>> = {
  offHook: pattern('the handset is up'),
  onHook: pattern('the handset is down'),
  flash: pattern('the hook was flashed'),
  localRing: pattern('a call comes in. The groups `(?<number>…)` and `(?<uri>…)`, where it has them, are who calls'),
  ringStart: pattern('the adapter begins to ring the telephone'),
  ringStop: pattern('it stops ringing'),
  remoteConnect: pattern('the other party has answered'),
  callStarted: pattern('a call that came in was taken'),
  hold: pattern('the call was put on hold'),
  unhold: pattern('the call was taken back'),
  remoteDisconnect: pattern('the other party has hung up'),
  callCancelled: pattern('a call that came in was given up'),
  callCompleted: pattern('the adapter is done with the call'),
  refer: pattern('the other party transfers the call'),
}

export const patterns: v.GenericSchema<object, AnaloguePhoneConfig['patterns']> = v.pipe(
  v.strictObject(patternEntries),
  v.description('Regular expressions for firmware that words its log otherwise; `third-ring doctor --calibrate` tells which are needed.'),
)

export const snmp: v.GenericSchema<object, SnmpConfig> = v.pipe(
  v.strictObject({
    address: address('The address of the adapter.'),
    port: v.optional(whole('Its SNMP port; 162 on some firmware.', 1, 65_535), 161),
    communityFile: file('The file with the community, one line; it is sent in clear (SNMP v2c).'),
  }),
  v.description('Where the adapter says what its hook is now, for after a restart: SNMP v2c, read only.'),
)
