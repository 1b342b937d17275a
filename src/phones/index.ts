import type { PhoneOptions, PostingPhone } from './driver.ts'
import { createGrandstream } from './grandstream/driver.ts'
import { createYealink } from './yealink/driver.ts'

/** The phones we can sit beside: one line a vendor. */
export const phoneDrivers: Readonly<Record<'yealink' | 'grandstream', (options: PhoneOptions) => PostingPhone>> = {
  yealink: createYealink,
  grandstream: createGrandstream,
}
