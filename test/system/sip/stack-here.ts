import { onTestFinished } from 'vitest'
import { createClock } from '../../../src/agent/clock.ts'
import type { OutgoingRequest, RequestAnswer, SipRequest, SipStack, SipStackOptions } from '../../../src/sip/ports.ts'
import { unforeseeable } from '../../../src/sip/random.ts'
import { createSipStack } from '../../../src/sip/stack/stack.ts'
import { ownAddress, sipPort } from './addresses.ts'
import { passwordOf } from './asterisk-config.ts'

export interface StackHere {
  readonly stack: SipStack
  /** What was told to a user of the stack, in its order. */
  readonly told: readonly SipRequest[]
  /** A request of this user about another address of the exchange. */
  about(method: string, number: string, headers?: OutgoingRequest['headers']): OutgoingRequest
}

/** The agent's own SIP on an address of its own, as a desk of this number, gone when the test is over. It says 200 to whatever comes, unless others answer. */
export async function stackHere(
  server: string,
  user: string,
  {
    domain = server,
    othersAnswer,
    ...options
  }: Partial<Pick<SipStackOptions, 'transport' | 'password'>> & { readonly domain?: string; readonly othersAnswer?: true } = {},
): Promise<StackHere> {
  const clock = createClock(undefined, 0)
  const told: SipRequest[] = []
  const stack = createSipStack({
    server: { host: server, port: sipPort },
    transport: 'udp',
    local: { host: ownAddress(), port: 0 },
    user,
    password: () => passwordOf(user),
    userAgent: 'third-ring',
    clock: { now: clock.now, after: (delayMs, then) => clock.wakeAt(clock.now() + delayMs, then) },
    random: unforeseeable,
    log: { debug() {}, warn() {} },
    ...options,
  })
  stack.onRequest((request): RequestAnswer | undefined => {
    told.push(request)
    return othersAnswer ? undefined : { status: 200 }
  })
  await stack.start()
  onTestFinished(() => stack.stop())
  let calls = 0
  return {
    stack,
    told,
    about(method, number, headers = {}) {
      calls += 1
      const callId = `${process.pid}-${calls}-${Math.random()}@third-ring`
      const uri = `sip:${number}@${domain}`
      return { method, uri, from: `<sip:${user}@${domain}>;tag=${calls}t`, to: `<${uri}>`, callId, cseq: 1, headers }
    },
  }
}
