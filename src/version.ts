import { readFileSync } from 'node:fs'
import type { WallTime } from './desk/time.ts'

/** The version of this program, from its package. */
export const version: string = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version

/** No clock that has been set shows a time before this program was written. */
export const writtenWall: WallTime = Date.UTC(2026, 0, 1)
