import * as v from 'valibot'
import type { GpioConfig } from '../config.ts'
import { type NumberSchema, type TextSchema, text, whole } from '../values.ts'

/** The largest line number of any header chip; Raspberry Pi 4 has 58 lines. */
const lineMax = 511

export const line = (description: string): NumberSchema => whole(description, 0, lineMax)

export const chip: TextSchema = text('The label of the GPIO chip; left out, the chip of the header of a Raspberry Pi is found by itself.')

export const gpio: v.GenericSchema<object, GpioConfig> = v.pipe(
  v.strictObject({
    driver: v.optional(
      v.pipe(
        v.picklist(['auto', 'onoff', 'gpiod']),
        v.description(
          '`onoff`: the npm package, over sysfs. `gpiod`: Debian’s tools, over the character device. `auto`: onoff where both it and sysfs are there.',
        ),
      ),
      'auto',
    ),
  }),
  v.title('GPIO'),
  v.description('How the lines of this machine’s header are reached, where `seat` or `lamp` has the driver gpio. An addition to the contract.'),
)
