import { type AdapterLog, createAdapterLog, type Wording } from './adapter-log.ts'
import { type AdapterSnmp, startAdapterSnmp } from './adapter-snmp.ts'
import type { EmulatedCall, EmulatedPhone, Faults } from './emulated-phone.ts'

/** The two wires between the adapter and the telephone, as a microcontroller on them feels them. */
export interface AnalogueLine {
  /** A burst of ringing begins or ends. */
  ring(on: boolean): void
  /** The loop is closed by the handset, or opened. */
  hook(off: boolean): void
  /** The loop is opened for a moment. */
  flash(): void
}

export interface AnaloguePhoneOptions {
  readonly mac: string
  /** `HT802`, as the log names it. */
  readonly model: string
  readonly firmware: string
  /** As printed on the adapter. */
  readonly port?: number
  readonly wording?: Wording
  /** Where the log goes. */
  readonly server: { readonly address: string; readonly port: number }
  readonly line?: AnalogueLine
  /** One burst, and the pause to the next (P4040). */
  readonly cadence?: { readonly onMs: number; readonly offMs: number }
  /** Whether it answers SNMP, and to whom. */
  readonly snmp?: { readonly community: string }
  readonly random?: () => number
  /** Milliseconds of a clock that only goes forward, for how long it has run. */
  readonly now?: () => number
  /** How it waits; the machine's timers if left out. What it returns gives the waiting up. */
  readonly after?: (ms: number, wake: () => void) => () => void
}

export interface EmulatedAdapter extends EmulatedPhone {
  readonly vendor: 'analogue'
  /** The port on which it answers SNMP, once started. */
  snmpPort(): number | undefined
  /** What SNMP says of the hook, whatever is so: a bug of an older firmware says `Off Hook` after a restart. */
  misstateHook(text: string | undefined): void
  /** Puts any text into the log. */
  write(priority: number, text: string): void
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** An analogue telephone on an HT8xx: it takes no commands, and tells by its log, its SNMP and its two wires. */
export function createAnaloguePhone(options: AnaloguePhoneOptions): EmulatedAdapter {
  const { line, cadence = { onMs: 1000, offMs: 4000 }, random = Math.random, port = 1 } = options
  const after = options.after ?? delayed
  const calls: Mutable<EmulatedCall>[] = []
  const listeners = new Set<() => void>()
  const state: { nextId: number; offHook: boolean; misstated: string | undefined; snmp: AdapterSnmp | undefined; burst: () => void } = {
    nextId: 1,
    offHook: false,
    misstated: undefined,
    snmp: undefined,
    burst: () => {},
  }
  const log: AdapterLog = createAdapterLog({
    ...options,
    port,
    random,
    wording: options.wording ?? '1.0.10.6',
    after: (ms, wake) => void after(ms, wake),
    faults: () => phone.faults,
  })

  const find = (id: string): Mutable<EmulatedCall> | undefined => calls.find((call) => call.id === id)
  const ringing = (): Mutable<EmulatedCall> | undefined => calls.find((call) => call.state === 'alerting')

  function changed(): void {
    state.snmp?.setHook(state.misstated ?? (state.offHook ? 'Off Hook' : 'On Hook'))
    for (const listener of listeners) listener()
  }

  /** Bursts by the cadence, for as long as a call rings and the handset is down. */
  function burst(): void {
    line?.ring(true)
    const offAt = after(cadence.onMs, () => {
      line?.ring(false)
      state.burst = after(cadence.offMs, burst)
    })
    state.burst = () => {
      offAt()
      line?.ring(false)
    }
  }

  function startRinging(call: EmulatedCall): void {
    log.say('ring', call)
    burst()
  }

  function stopRinging(): void {
    state.burst()
    state.burst = () => {}
    log.say('ring-stop')
  }

  function remove(id: string): Mutable<EmulatedCall> | undefined {
    const call = find(id)
    if (call !== undefined) calls.splice(calls.indexOf(call), 1)
    return call
  }

  /** A call that was not answered is over. */
  function giveUp(id: string): void {
    const call = remove(id)
    if (call === undefined) return
    if (!state.offHook) stopRinging()
    log.say('cancelled')
    changed()
  }

  function move(id: string, from: EmulatedCall['state'], to: EmulatedCall['state'], flash: boolean): void {
    const call = find(id)
    if (call?.state !== from) return
    if (flash) {
      line?.flash()
      log.say('flash')
      log.say(to === 'held' ? 'hold' : 'unhold')
    }
    call.state = to
    changed()
  }

  function liftHandset(): void {
    if (state.offHook) return
    state.offHook = true
    line?.hook(true)
    log.say('off-hook')
    changed()
  }

  function putDownHandset(): void {
    if (!state.offHook) return
    state.offHook = false
    line?.hook(false)
    log.say('on-hook')
    // Who is still there is hung up on; who waits rings.
    const ended = calls.filter((call) => call.state !== 'alerting')
    for (const call of ended) calls.splice(calls.indexOf(call), 1)
    if (ended.length > 0) log.say('completed')
    const next = ringing()
    if (next !== undefined) startRinging(next)
    changed()
  }

  const phone: EmulatedAdapter = {
    vendor: 'analogue',
    url: () => '',
    faults: {} as Faults,
    commands: [],
    calls: () => calls.map((call) => ({ ...call })),
    offHook: () => state.offHook,
    onChange: (listener) => void listeners.add(listener),
    snmpPort: () => state.snmp?.port,
    misstateHook(text) {
      state.misstated = text
      changed()
    },
    write: log.write,
    async start() {
      await log.start()
      if (options.snmp !== undefined) state.snmp = await startAdapterSnmp({ ...options.snmp, adapterPort: port, now: options.now ?? (() => performance.now()) })
      changed()
    },
    async stop() {
      state.burst()
      await log.settled()
      await log.stop()
      await state.snmp?.stop()
      state.snmp = undefined
    },
    ring({ number, name }) {
      const id = String(state.nextId++)
      // One pair of wires: while it rings for one caller, another finds it busy.
      if (ringing() !== undefined) return id
      const call: EmulatedCall = {
        id,
        direction: 'in',
        state: 'alerting',
        ...(number === undefined ? {} : { number }),
        ...(name === undefined ? {} : { name }),
      }
      calls.push(call)
      log.say('local-ring', call)
      if (!state.offHook) startRinging(call)
      changed()
      return id
    },
    callerGivesUp: giveUp,
    ringsOut: giveUp,
    // There is no key for it.
    reject: () => {},
    answer(id) {
      const call = find(id)
      if (call?.state !== 'alerting') return
      const second = state.offHook
      for (const other of calls) if (second && other.state === 'connected') move(other.id, 'connected', 'held', true)
      liftHandset()
      if (!second) stopRinging()
      call.state = 'connected'
      log.say('started')
      changed()
    },
    dial(number) {
      liftHandset()
      const id = String(state.nextId++)
      calls.push({ id, direction: 'out', state: 'initiated', number })
      changed()
      return id
    },
    remoteAnswers(id) {
      if (find(id)?.state === 'initiated') log.say('remote-connect')
      move(id, 'initiated', 'connected', false)
    },
    remoteBusy(id) {
      if (remove(id) !== undefined) log.say('remote-disconnect')
      changed()
    },
    hold: (id) => move(id, 'connected', 'held', true),
    resume: (id) => move(id, 'held', 'connected', true),
    // What the adapter's log does not tell, or an analogue telephone does not have.
    remoteHolds: () => {},
    mute: () => {},
    speaker: () => {},
    transferFails: () => {},
    setDnd: () => {},
    setForwarding: () => {},
    forwarding: () => ({}),
    diversions: () => [],
    onDiverted: () => {},
    hangUp(id) {
      if (find(id) !== undefined) putDownHandset()
    },
    remoteHangsUp(id) {
      if (remove(id) === undefined) return
      log.say('remote-disconnect')
      log.say('completed')
      changed()
    },
    blindTransfer(id) {
      line?.flash()
      log.say('flash')
      if (remove(id) !== undefined) log.say('completed')
      changed()
    },
    attendedTransfer: putDownHandset,
    liftHandset,
    putDownHandset,
    reboot() {
      calls.length = 0
      state.burst()
      state.burst = () => {}
      state.snmp?.setUpMs(0)
      log.say('boot')
      changed()
    },
    settled: log.settled,
  }
  return phone
}

function delayed(ms: number, wake: () => void): () => void {
  const timer = setTimeout(wake, ms)
  return () => clearTimeout(timer)
}
