import { type Desk, emptyDesk, take } from '../../src/desk/desk.ts'
import type { Fact } from '../../src/desk/event.ts'
import type { SipStackOptions } from '../../src/sip/ports.ts'
import { unforeseeable } from '../../src/sip/random.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import type { SipUseLimits } from '../../src/sip/use-limits.ts'
import type { HoldSemantics } from '../../src/sip/watch/line-view.ts'
import { createWatch, type WatchHealth } from '../../src/sip/watch/watch.ts'
import { mondayNine, policy } from '../desk/script.ts'
import { optionsFor, realClock } from './virtual.ts'

export interface WatchedServer {
  readonly server: SipStackOptions['server']
  readonly user: string
  readonly password?: string
  /** The extension; the user if left out. */
  readonly watched?: string
  readonly domain?: string
  readonly transport?: SipStackOptions['transport']
  readonly localHost?: string
  readonly holdSemantics?: HoldSemantics
  readonly limits?: Partial<SipUseLimits>
}

/** A desk that has nothing but the exchange to go by, in time as it is: for a server that is real, or a stand-in on a real socket. */
export interface Watching {
  /** What the exchange had the desk told, each with its moment. */
  readonly facts: { readonly at: number; readonly fact: Fact }[]
  desk(): Desk
  /** The notices of the desk by name, in order. */
  notices(): readonly string[]
  /** The phone says something by itself, as over its action URLs. */
  phone(...facts: readonly Fact[]): void
  /** How many calls the exchange shows; `undefined` while nothing is known of it. */
  calls(): number | undefined
  health(): WatchHealth
  stop(): Promise<void>
}

export async function watchServer(options: WatchedServer): Promise<Watching> {
  const { server, user, password, watched = user, domain = server.host, transport = 'udp', localHost, holdSemantics = 'ignore' } = options
  const names: string[] = []
  const facts: Watching['facts'][number][] = []
  const clock: SipStackOptions['clock'] = { now: () => Math.floor(realClock.now()), after: realClock.after }
  let desk = emptyDesk(clock.now())
  function tell(fact: Fact): void {
    const taken = take(desk, { ...fact, at: Math.max(desk.at, clock.now()) }, policy)
    desk = taken.desk
    names.push(...taken.effects.flatMap((effect) => (effect.type === 'notice' ? [effect.name] : [])))
  }
  tell({ type: 'agent.started', version: 'test' })
  tell({ type: 'clock.set', wall: mondayNine, synced: true })
  tell({ type: 'phone.reachable', reachable: true })
  const { options: stackOptions } = optionsFor(clock, unforeseeable, {
    server,
    transport,
    user,
    local: { port: 0, ...(localHost === undefined ? {} : { host: localHost }) },
    ...(password === undefined ? {} : { password: () => password }),
  })
  const stack = createSipStack(stackOptions)
  await stack.start()
  const watch = createWatch({
    ...{ stack, clock, random: unforeseeable, user, watched, domain, holdSemantics, log: stackOptions.log },
    desk: () => desk,
    emit(fact) {
      facts.push({ at: clock.now(), fact })
      tell(fact)
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  stack.onLost((reason) => watch.restart(reason))
  watch.start()
  return {
    facts,
    desk: () => desk,
    notices: () => names,
    phone: (...said) => [...said, { type: 'phone.heard' } as const].forEach(tell),
    calls: watch.calls,
    health: watch.health,
    async stop() {
      await watch.stop()
      await stack.stop()
    },
  }
}
