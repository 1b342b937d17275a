import * as v from 'valibot'
import type { StoreConfig } from '../config.ts'
import { file } from '../values.ts'

/** Of an agent: its journal. */
export const store: v.GenericSchema<object, StoreConfig> = v.pipe(
  v.strictObject({ directory: file('The directory of the journal, for this desk alone.') }),
  v.title('Store'),
  v.description('Where the desk’s journal lives. Left out: `$STATE_DIRECTORY` under systemd, else `var/` and the desk’s name beside this file.'),
)

/** Of a hub: the events of all desks. */
export const hubStore: v.GenericSchema<object, StoreConfig> = v.pipe(
  v.strictObject({ directory: file('The directory of the record, for this hub alone.') }),
  v.title('Record'),
  v.description('Where the events of all desks are kept for 90 days. Left out: `$STATE_DIRECTORY` under systemd, else in memory, until the hub ends.'),
)
