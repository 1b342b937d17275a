import { monotonicMs, thisMachine } from '../agent/clock.ts'
import type { AgentConfig, SipConfig } from '../config/config.ts'
import type { AgentSecrets } from '../config/secrets.ts'
import { ConfigurationError } from '../errors.ts'
import { createPing } from '../sip/options-ping.ts'
import type { SipStack, SipStackOptions } from '../sip/ports.ts'
import { unforeseeable } from '../sip/random.ts'
import { createSipStack } from '../sip/stack/stack.ts'
import { createSubscription } from '../sip/watch/subscription.ts'
import { type Check, doctorLimits, fault, notFitted, ok } from './check.ts'

const clock: SipStackOptions['clock'] = { now: monotonicMs, after: thisMachine.after }

/**
 * Asks the exchange as the desk's own user: is it there, does it take the password, does it tell of the desk's calls and of its forwarding. No code is
 * dialled.
 */
export async function checkExchange(config: AgentConfig, { sipPassword }: Partial<AgentSecrets>): Promise<readonly Check[]> {
  const { sip } = config
  if (sip === undefined) return []
  const { server, port, transport, localHost, user } = sip
  const stack = createSipStack({
    server: { host: server, port },
    transport,
    local: { port: 0, ...(localHost === undefined ? {} : { host: localHost }) },
    user,
    password: () => sipPassword,
    userAgent: 'third-ring doctor',
    clock,
    random: unforeseeable,
    log: { debug() {}, warn() {} },
  })
  try {
    await stack.start()
    return await ask(stack, sip)
  } catch (error) {
    return [fault('exchange', error instanceof ConfigurationError ? error.message : String(error))]
  } finally {
    await stack.stop()
  }
}

async function ask(stack: SipStack, sip: SipConfig): Promise<readonly Check[]> {
  const { server, port, user, domain = server, watch = user, forwardHint } = sip
  const place = `${server}:${port}`
  const ping = createPing({ stack, clock, random: unforeseeable, user, domain })
  if (!(await inTime(ping.once()))) return [fault('exchange', `${place} does not answer: is the address right, and does it take SIP over ${sip.transport}?`)]
  const calls = await told(stack, sip, watch)
  const checks = [
    calls.ok
      ? ok('exchange', `${place} answers and tells of the calls of ${watch}`)
      : fault('exchange', `${place} answers, but not about ${watch}: ${calls.fault}`),
  ]
  if (forwardHint === undefined) return [...checks, notFitted('forward hint', unhinted)]
  const hint = await told(stack, sip, forwardHint)
  return [...checks, hint.ok ? ok('forward hint', `${forwardHint} says whether the desk is forwarded`) : fault('forward hint', `${forwardHint}: ${hint.fault}`)]
}

const unhinted = 'sip.forwardHint is not set: what a feature code has done cannot be read back, and what a person sets at the exchange is not seen'

/** Whether a subscription to it is granted and told of. */
function told(stack: SipStack, { server, user, domain = server }: SipConfig, watched: string): Promise<{ readonly ok: boolean; readonly fault?: string }> {
  return new Promise((resolve) => {
    const subscription = createSubscription({
      ...{ stack, clock, random: unforeseeable, user, watched, domain },
      onNotify: () => end({ ok: true }),
      onDown: (reason) => end({ ok: false, fault: reason }),
    })
    const giveUp = clock.after(doctorLimits.exchangeMs, () => end({ ok: false, fault: 'it says nothing' }))
    let ended = false
    function end(result: { readonly ok: boolean; readonly fault?: string }): void {
      if (ended) return
      ended = true
      giveUp()
      void subscription.stop().then(() => resolve(result))
    }
    subscription.start()
  })
}

function inTime(work: Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = clock.after(doctorLimits.exchangeMs, () => resolve(false))
    void work.then((result) => {
      giveUp()
      resolve(result)
    })
  })
}
