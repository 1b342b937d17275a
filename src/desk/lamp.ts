import type { Desk } from './desk.ts'
import { type LampPattern, lampPatterns } from './effect.ts'
import type { Policy } from './policy.ts'
import { judges } from './rules/index.ts'

/**
 * What the lamp shows: the most urgent of what the rules want shown, dark when there is nothing to show. A level: it depends on the desk alone.
 * During an evacuation it stays dark, so as not to compete with the beacons (procedure §4.8, 22).
 */
export function lampOf(desk: Desk, policy: Policy): LampPattern {
  if (desk.lampTestUntil !== undefined && desk.at < desk.lampTestUntil) return 'test'
  if (desk.identifyUntil !== undefined && desk.at < desk.identifyUntil) return 'identify'
  if (desk.frozen) return 'dark'
  const wanted = new Set(judges.map((judge) => judge.lamp?.(desk, policy)))
  return lampPatterns.find((pattern) => wanted.has(pattern)) ?? 'dark'
}
