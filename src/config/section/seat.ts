import * as v from 'valibot'
import type { SeatConfig, WrittenAgent } from '../config.ts'
import { isSameChip } from '../header.ts'
import type { Rule } from '../rule.ts'
import { topic, whole } from '../values.ts'
import { chip, line } from './gpio.ts'
import { lampLines } from './lamp.ts'

/** A contact bounces for some milliseconds; one that needs longer than a second is not a contact. */
const debounceMs = { min: 20, default: 100, max: 1000 }

export const seat: v.GenericSchema<{ driver: string }, SeatConfig> = v.pipe(
  v.variant('driver', [
    v.strictObject({ driver: v.pipe(v.literal('none'), v.description('No sensor: nothing is known of the seat, and no call is ever put on hold for it.')) }),
    v.strictObject({
      driver: v.pipe(v.literal('gpio'), v.description('A contact on a line of this machine’s header.')),
      line: line('The number of the line (GPIO17 is 17).'),
      occupied: v.pipe(v.picklist(['high', 'low']), v.description('The level that means occupied.')),
      chip: v.exactOptional(chip),
      bias: v.exactOptional(
        v.pipe(
          v.picklist(['pull-up', 'pull-down', 'disabled']),
          v.description(
            'What holds the line while the contact is open; left out, as the board has it. Only `gpio.driver` gpiod can set it. An addition to the contract.',
          ),
        ),
      ),
      debounceMs: v.optional(
        whole('The contact must be steady for so long before it is believed. An addition to the contract.', debounceMs.min, debounceMs.max),
        debounceMs.default,
      ),
    }),
    v.strictObject({ driver: v.pipe(v.literal('bridge'), v.description('The contact on the microcontroller; see `bridge`.')) }),
    v.strictObject({
      driver: v.pipe(v.literal('mqtt'), v.description('Any sensor that is already on the broker.')),
      topic: topic('The topic of the sensor.'),
      path: v.optional(
        v.pipe(
          v.string(),
          v.description('A JSON pointer (RFC 6901) to the value in the payload; empty: the payload itself.'),
          v.regex(/^(\/([^~]|~[01])*)?$/, 'must be empty or a JSON pointer such as /presence'),
        ),
        '',
      ),
      occupied: v.optional(
        v.pipe(v.union([v.boolean(), v.string(), v.number()]), v.description('The value that means occupied; every other one means empty.')),
        true,
      ),
    }),
  ]),
  v.title('Seat'),
  v.description('How the agent learns that somebody sits at the desk.'),
)

export const seatRules: readonly Rule<WrittenAgent>[] = [
  {
    // Only what is surely the same line; the rest is found when the lines are opened.
    path: 'seat.line',
    reads: ['seat', 'lamp'],
    broken: (written) => {
      const { seat, lamp } = written
      if (seat.driver !== 'gpio' || lamp.driver !== 'gpio' || !isSameChip(seat.chip, lamp.chip)) return undefined
      return lampLines(written).includes(seat.line) ? 'is also a line of the lamp' : undefined
    },
  },
  {
    path: 'seat.bias',
    reads: ['seat', 'gpio'],
    broken: ({ seat, gpio }) =>
      seat.driver === 'gpio' && seat.bias !== undefined && gpio.driver === 'onoff'
        ? `cannot be set through sysfs, which onoff uses: set it in config.txt (gpio=${seat.line}=pu or pd) and leave bias out, or set gpio.driver to gpiod`
        : undefined,
  },
]
