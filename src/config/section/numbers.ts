import * as v from 'valibot'
import { type Numbering, polishNumbering } from '../../desk/number.ts'
import { formed, listMax, whole } from '../values.ts'

export const numbers: v.GenericSchema<object, Numbering> = v.pipe(
  v.strictObject({
    countryCode: v.optional(
      formed('The country code without the plus.', /^[1-9][0-9]{0,3}$/, 'must be 1 to 4 digits, without + or 00'),
      polishNumbering.countryCode,
    ),
    nationalDigits: v.optional(whole('The digits of a national number without its trunk prefix.', 3, 15), polishNumbering.nationalDigits),
    trunkPrefix: v.optional(formed('Dialled before a national number; may be empty.', /^[0-9]{0,8}$/, 'must be at most 8 digits'), polishNumbering.trunkPrefix),
    internationalPrefix: v.optional(
      formed('Dialled before an international number.', /^[0-9]{1,8}$/, 'must be 1 to 8 digits'),
      polishNumbering.internationalPrefix,
    ),
    extensions: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            pattern: formed('Digits, and an x for any digit.', /^[0-9x]{1,10}$/, 'must be digits, with an x for any digit, such as 6xxx'),
            prefix: formed(
              'What stands before the extension’s digits when it is called from outside.',
              /^\+[0-9]{1,14}$/,
              'must be a + and digits, such as "+4885869"',
            ),
          }),
        ),
        v.description('Internal numbers that are also reached from outside: `{pattern: 6xxx, prefix: "+4885869"}`.'),
        v.maxLength(listMax),
      ),
      [],
    ),
    shared: v.optional(
      v.pipe(
        v.array(formed('A telephone number in any usual spelling.', /^[+(]?[0-9][0-9 ()/.-]{1,30}$/, 'must be a telephone number')),
        v.description('Numbers that many callers show (the infoline, a switchboard): never the target of a callback.'),
        v.maxLength(listMax),
      ),
      [],
    ),
  }),
  v.title('Telephone numbers'),
  v.description('How this office writes telephone numbers, so that one caller is one caller in any spelling. An addition to the contract.'),
)
