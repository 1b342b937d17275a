import * as v from 'valibot'
import type { LampConfig, WrittenAgent } from '../config.ts'
import type { Rule } from '../rule.ts'
import { formed, isTwice, topic } from '../values.ts'
import { chip, line } from './gpio.ts'

const led = (description: string) =>
  formed(description, /^[A-Za-z0-9_][A-Za-z0-9_:.+-]{0,63}$/, 'must be the name of a light in /sys/class/leds: letters, digits and _ : . + -')

export const lamp: v.GenericSchema<{ driver: string }, LampConfig> = v.pipe(
  v.variant('driver', [
    v.strictObject({ driver: v.pipe(v.literal('none'), v.description('No lamp.')) }),
    v.strictObject({
      driver: v.pipe(v.literal('gpio'), v.description('One lamp, or three in a row, on lines of this machine’s header.')),
      line: v.exactOptional(line('The line of the only lamp. One of `line`, `lines`, `led` and `leds` is given.')),
      lines: v.exactOptional(
        v.pipe(
          v.strictObject({ left: line('The left lamp.'), middle: line('The middle lamp.'), right: line('The right lamp.') }),
          v.description('The lines of three lamps.'),
        ),
      ),
      led: v.exactOptional(led('The only lamp, as a light of the kernel: its name in /sys/class/leds. An addition to the contract.')),
      leds: v.exactOptional(
        v.pipe(
          v.strictObject({ left: led('The left light.'), middle: led('The middle light.'), right: led('The right light.') }),
          v.description('Three lamps, as lights of the kernel. An addition to the contract.'),
        ),
      ),
      chip: v.exactOptional(chip),
    }),
    v.strictObject({ driver: v.pipe(v.literal('bridge'), v.description('The lamp on the microcontroller; see `bridge`.')) }),
    v.strictObject({
      driver: v.pipe(v.literal('mqtt'), v.description('Any lamp on the broker: it gets the pattern’s name and its timing as JSON.')),
      topic: topic('The topic of the lamp.'),
    }),
  ]),
  v.title('Lamp'),
  v.description('How the agent shows what it has to say.'),
)

/** The lines that the lamp uses on its chip. */
export function lampLines({ lamp }: WrittenAgent): readonly number[] {
  if (lamp.driver !== 'gpio') return []
  return [...(lamp.line === undefined ? [] : [lamp.line]), ...(lamp.lines === undefined ? [] : Object.values(lamp.lines))]
}

export const lampRules: readonly Rule<WrittenAgent>[] = [
  {
    path: 'lamp',
    reads: ['lamp'],
    broken: ({ lamp }) => {
      if (lamp.driver !== 'gpio') return undefined
      const given = [lamp.line, lamp.lines, lamp.led, lamp.leds].filter((each) => each !== undefined)
      return given.length === 1 ? undefined : 'needs exactly one of line, lines, led and leds'
    },
  },
  {
    path: 'lamp.lines',
    reads: ['lamp'],
    broken: (written) => (isTwice(lampLines(written)) ? 'must be three different lines' : undefined),
  },
  {
    path: 'lamp.leds',
    reads: ['lamp'],
    broken: ({ lamp }) => (lamp.driver === 'gpio' && isTwice(Object.values(lamp.leds ?? {})) ? 'must be three different lights' : undefined),
  },
  {
    path: 'lamp.chip',
    reads: ['lamp'],
    broken: ({ lamp }) =>
      lamp.driver === 'gpio' && lamp.chip !== undefined && (lamp.led ?? lamp.leds) !== undefined
        ? 'belongs to line or lines: the kernel knows the lines of its lights'
        : undefined,
  },
]
