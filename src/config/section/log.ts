import * as v from 'valibot'
import { type LogConfig, logLevels } from '../config.ts'

export const log: v.GenericSchema<object, LogConfig> = v.pipe(
  v.strictObject({ level: v.optional(v.pipe(v.picklist(logLevels), v.description('The least important lines that are written.')), 'info') }),
  v.title('Log'),
  v.description('The log: JSON lines on standard output, readable text on a terminal.'),
)
