import type { AgentConfig } from '../config/config.ts'
import { forwardWayOf } from '../phones/forward-way.ts'
import { type Check, fault, look, notFitted, ok } from './check.ts'
import { type Health, valueIn } from './running.ts'

/** Whom the calls may go to on a longer absence, and who would undo it: of a desk whose agent does not run, as far as the file says. */
export function checkSubstitutes(config: AgentConfig): readonly Check[] {
  if (forwardWayOf(config) === 'none') return [cannot]
  const { length } = config.substitutes
  if (length === 0) return [look('substitutes', 'none in this file: a running agent has them of the hub’s directory')]
  return [ok('substitutes', `${length} in this file; whether one of them takes calls, only a running agent knows`)]
}

/** The same, as a running agent knows it. */
export function substitutesOf(health: Health, config: AgentConfig): readonly Check[] {
  const forwarding = (...keys: readonly string[]): unknown => valueIn(health, 'forwarding', ...keys)
  const count = Number(forwarding('substitutes') ?? 0)
  if (forwardWayOf(config) === 'none') return [cannot]
  if (count === 0) return [notFitted('substitutes', 'none, neither in this file nor in a directory of the hub: calls are never forwarded')]
  return [listOf(forwarding, count), wardenOf(forwarding('warden'), config)]
}

const cannot = notFitted('substitutes', 'this phone cannot be told to forward (forwarding.by): calls ring on, and become callbacks')

function listOf(forwarding: (...keys: readonly string[]) => unknown, count: number): Check {
  if (forwarding('from') === 'directory' && forwarding('directory', 'stale') === true) {
    return fault('substitutes', 'the hub’s directory has not been heard of for a day, and nobody is forwarded by it: does the hub run?')
  }
  const takeCalls = Number(forwarding('takeCalls') ?? 0)
  const where = forwarding('from') === 'directory' ? `the directory, version ${String(forwarding('directory', 'version'))}` : 'this file'
  if (takeCalls === 0) return look('substitutes', `${count} by ${where}, and none of them takes calls now: do their agents run?`)
  return ok('substitutes', `${takeCalls} of ${count} by ${where} take calls now`)
}

function wardenOf(answers: unknown, { policy }: AgentConfig): Check {
  if (answers === true) return ok('warden', 'the hub’s warden answers for this desk')
  if (policy.forwardKind === 'always') return fault('warden', 'none answers for this desk, so that policy.forwardKind always is not used: see the hub’s warden')
  return notFitted('warden', 'none answers for this desk: if this machine dies for good, its phone stays forwarded until somebody goes there')
}
