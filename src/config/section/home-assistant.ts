import * as v from 'valibot'
import type { HomeAssistantConfig } from '../config.ts'
import { topic } from '../values.ts'

export const homeAssistant: v.GenericSchema<object, HomeAssistantConfig> = v.pipe(
  v.strictObject({
    discovery: v.optional(
      v.pipe(v.boolean(), v.description('Whether the desk announces itself to Home Assistant; switched off again, it takes that back.')),
      false,
    ),
    prefix: v.optional(topic('The discovery prefix of that Home Assistant, which also says there that it has started (`{prefix}/status`).'), 'homeassistant'),
  }),
  v.title('Home Assistant'),
  v.description('Announcing the desk to Home Assistant.'),
)
