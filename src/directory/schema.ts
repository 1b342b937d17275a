import * as v from 'valibot'
import { numbers } from '../config/section/numbers.ts'
import { isDate } from '../config/section/policy.ts'
import { absenteesMax, substitutesMax } from '../config/section/substitutes.ts'
import { deskKey, dialled, formed, id, someHours, whole } from '../config/values.ts'
import { limits } from '../desk/policy.ts'
import { forwardKinds, type OfficeDirectory } from './directory.ts'
import { directoryLimits } from './limits.ts'

/**
 * What may be written into the file of substitutes. By it the file is judged; its JSON Schema and its reference are made from it. Whether calls can go round
 * or end nowhere no schema says: `check.ts`.
 */
const { desksMax, forwardsMax, externalMax } = directoryLimits

const week = someHours('The hours in which it stands in, such as `{mon: ["07:30-15:30"]}`; left out, always.')

const dateSentence = 'must be a day such as 2026-11-24'

/** `usc-14` is short for `{desk: usc-14}`. */
const substitute = v.pipe(
  v.union(
    [id('The desk that takes the calls.'), v.strictObject({ desk: id('The desk that takes the calls.'), week: v.exactOptional(week) })],
    'must be the name of a desk, or {desk, week}',
  ),
  v.transform((written) => (typeof written === 'string' ? { desk: written } : written)),
)

const forward = v.strictObject({
  kind: v.pipe(v.picklist(forwardKinds), v.description('Which calls it takes away: those to a busy phone, those that nobody takes, or all.')),
  to: formed(
    'Where they go: a desk, or a number as it is dialled.',
    /^([a-z0-9][a-z0-9-]{0,31}|\+?[0-9*#]{1,32})$/,
    'must be the name of a desk, or a number as it is dialled: digits, * and #, perhaps a + in front',
  ),
})

const desk = v.strictObject({
  number: dialled('The number that reaches the desk from the other desks.'),
  substitutes: v.optional(
    v.pipe(
      v.array(substitute),
      v.description('Who takes its calls on a longer absence, in this order: names of desks, or `{desk, week}`.'),
      v.maxLength(substitutesMax),
    ),
    [],
  ),
  staffed: v.optional(v.pipe(v.boolean(), v.description('Somebody is always there, as at a reception: calls may end here.')), false),
  absenteesMax: v.exactOptional(whole(`How many absent desks it stands in for at once; left out, ${limits.absenteesMax}.`, 1, absenteesMax)),
  forwards: v.optional(
    v.pipe(
      v.array(forward),
      v.description('What people have set at its phone or at the exchange and leave so: the program does not set it, but must know it.'),
      v.maxLength(forwardsMax),
    ),
    [],
  ),
  consent: v.exactOptional(
    v.pipe(
      v.string(),
      v.description('The day on which its clerk agreed to stand in, for your own records.'),
      v.regex(/^\d{4}-\d{2}-\d{2}$/, dateSentence),
      v.check(isDate, dateSentence),
    ),
  ),
})

export const directorySchema: v.GenericSchema<object, OfficeDirectory> = v.pipe(
  v.strictObject({
    desks: v.pipe(
      v.record(deskKey, desk),
      v.title('Desks'),
      v.description('Every desk whose calls others take, or who takes those of others.'),
      v.check((desks) => Object.keys(desks).length <= desksMax, `must have at most ${desksMax} desks`),
    ),
    external: v.optional(
      v.pipe(
        v.array(dialled('A number outside the office.')),
        v.description('Numbers outside the office to which `forwards` may lead; to any other one it may not.'),
        v.maxLength(externalMax),
      ),
      [],
    ),
    numbers: v.optional(numbers, {}),
  }),
  v.title('third-ring directory'),
  v.description('Who takes whose calls in one office.'),
)
