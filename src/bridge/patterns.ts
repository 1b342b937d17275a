import { type LampPattern, lampPatterns } from '../desk/effect.ts'

/** Patterns that are newer than the first bridges. */
const added: readonly LampPattern[] = ['day-end']

/** The patterns by their numbers on the cable: a new one goes to the end, whatever its urgency, so that a bridge of before shows all others. */
export const bridgePatterns: readonly LampPattern[] = [...lampPatterns.filter((pattern) => !added.includes(pattern)), ...added]
