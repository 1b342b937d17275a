import { createRandom } from '../../src/simulator/random.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import { createExchange, type ExchangeOptions } from './exchange.ts'
import { createLink, createVirtualClock, type Fate, optionsFor } from './virtual.ts'

/** Our stack and a stand-in exchange, in virtual time. */
export async function withExchange(options: ExchangeOptions = {}, fate?: Fate) {
  const clock = createVirtualClock()
  const link = createLink(clock, fate)
  const exchange = createExchange({ now: clock.now, after: clock.after, send: link.send }, options)
  link.onReceive(exchange.receive)
  const random = createRandom(11)
  const { options: stackOptions, logged } = optionsFor(clock, random)
  const stack = createSipStack(stackOptions, link.udp)
  await stack.start()
  const known = { stack, clock, random, user: '101', domain: 'pbx.test' }
  /** What it comes to, with all the time it takes. */
  async function within<Result>(ms: number, work: Promise<Result>): Promise<Result | 'still under way'> {
    let result: Result | 'still under way' = 'still under way'
    void work.then((what) => {
      result = what
    })
    await clock.pass(ms)
    return result
  }
  return { clock, link, exchange, stack, random, known, within, logged, log: stackOptions.log }
}
