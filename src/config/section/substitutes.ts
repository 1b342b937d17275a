import * as v from 'valibot'
import { isEmergency, normalizeNumber } from '../../desk/number.ts'
import { limits } from '../../desk/policy.ts'
import type { SubstituteConfig, WrittenAgent } from '../config.ts'
import type { Rule } from '../rule.ts'
import { dialled, id, someHours, whole } from '../values.ts'

/** Nobody waits for a ninth. */
export const substitutesMax = 8

/** Absent desks that one desk may stand in for at once; more is a slip of the pen. */
export const absenteesMax = 50

export const substitutes: v.GenericSchema<object[], readonly SubstituteConfig[]> = v.pipe(
  v.array(
    v.strictObject({
      desk: id('The desk that takes the calls.'),
      number: dialled('The number that reaches it, as this phone dials it.'),
      absenteesMax: v.exactOptional(
        whole(`How many absent desks it takes calls for at once; left out, ${limits.absenteesMax}. An addition to the contract.`, 1, absenteesMax),
      ),
      week: v.exactOptional(someHours('The hours in which it stands in, such as `{mon: ["07:30-15:30"]}`; left out, always. An addition to the contract.')),
    }),
  ),
  v.title('Substitutes'),
  v.description('Who takes the calls on a longer absence, in this order. Left out, as the directory of the office says, which the hub publishes.'),
  v.maxLength(substitutesMax),
)

export const substitutesRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'substitutes',
    reads: ['substitutes', 'desk'],
    broken: ({ substitutes, desk }) => (substitutes.some((each) => each.desk === desk) ? 'must not name the desk itself' : undefined),
  },
  {
    path: 'substitutes',
    reads: ['substitutes'],
    broken: ({ substitutes }) => (new Set(substitutes.map((each) => each.desk)).size === substitutes.length ? undefined : 'must not name a desk twice'),
  },
  {
    path: 'substitutes',
    reads: ['substitutes', 'numbers'],
    broken({ substitutes, numbers }) {
      const spelled = substitutes.map(({ number }) => normalizeNumber(number, numbers) ?? number)
      const twice = substitutes.find((_, place) => spelled.indexOf(spelled[place] ?? '') < place)
      const first = substitutes[spelled.indexOf(normalizeNumber(twice?.number, numbers) ?? twice?.number ?? '')]
      return twice === undefined ? undefined : `must not have one number for two desks: ${first?.desk} and ${twice.desk} have ${twice.number}`
    },
  },
  {
    path: 'substitutes',
    reads: ['substitutes', 'policy.emergencyNumbers', 'numbers'],
    broken({ substitutes, policy: { emergencyNumbers }, numbers }) {
      const wrong = substitutes.find(({ number }) => isEmergency(number, emergencyNumbers, numbers))
      return wrong === undefined ? undefined : `must not send calls to ${wrong.number}, which is an emergency number`
    },
  },
]
