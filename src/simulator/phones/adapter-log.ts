import { createSocket, type Socket } from 'node:dgram'
import type { Faults } from './emulated-phone.ts'

/** What an adapter's firmware writes into its log. */
export type AdapterHappening =
  | 'off-hook'
  | 'on-hook'
  | 'flash'
  | 'local-ring'
  | 'ring'
  | 'ring-stop'
  | 'remote-connect'
  | 'started'
  | 'hold'
  | 'unhold'
  | 'remote-disconnect'
  | 'cancelled'
  | 'completed'
  | 'boot'

/** How a firmware words it: `1.0.10.6` is read from an image, `1.0.0.24` for the hook, too; `friendly` is what newer firmware might say. */
export type Wording = '1.0.10.6' | '1.0.0.24' | 'friendly'

type Lines = readonly (readonly [priority: number, text: string])[]

/** As in reference/grandstream.md §1.5 a, spelling included. `N` is the port, from 0; `CALLER` who rings. */
const lines: Readonly<Record<AdapterHappening, Lines>> = {
  'off-hook': [
    [15, 'Nuvoton::processEvent, Phone at port N is off-hook'],
    [14, 'ATACtrl::processPhoneOffHook on port N'],
  ],
  'on-hook': [
    [15, 'Nuvoton::processEvent, Phone at port N is on-hook'],
    [14, 'ATACtrl::processPhoneOnHook on port N'],
  ],
  flash: [
    [15, 'Nuvoton::processEvent, Phone at port N flashed'],
    [14, 'ATACtrl::processPhoneFlash on port N'],
  ],
  'local-ring': [[15, 'ATACtrl::processSigLocalRing on port N, CALLER']],
  ring: [
    [11, 'Nuvoton::startRing, Atempting to start Ring on port N'],
    [14, 'Nuvoton::startRing with CID, Attempting to deliver CID NUMBER on port N'],
  ],
  'ring-stop': [[15, 'Nuvoton::stopRing, stopRing on port N']],
  'remote-connect': [[15, 'SigCtrl::SigRemoteConnect, Remote connect to port N']],
  started: [[15, 'ATACtrl::processCallStarted on port N']],
  hold: [[14, 'ATACtrl::hold, Hold call at 0x5a3c10']],
  unhold: [[14, 'ATACtrl::unhold, Unhold call at 0x5a3c10']],
  'remote-disconnect': [[15, 'ATACtrl::processSigRemoteDisconnect on port N, isCaller = 0']],
  cancelled: [[14, 'ATACtrl::processCallCancelled on port N']],
  completed: [[15, 'ATACtrl::processCallCompleted on port N']],
  boot: [
    [14, 'Provision::start, check config'],
    [12, 'NTP::sync, clock is set'],
  ],
}
const plainHook: Readonly<Partial<Record<AdapterHappening, Lines>>> = {
  'off-hook': [[15, 'Phone at port N is off-hook']],
  'on-hook': [[15, 'Phone at port N is on-hook']],
}
const friendly: Readonly<Partial<Record<AdapterHappening, Lines>>> = {
  'off-hook': [[15, 'FXS N: handset lifted']],
  'on-hook': [[15, 'FXS N: handset replaced']],
}
const wordings: Readonly<Record<Wording, Readonly<Partial<Record<AdapterHappening, Lines>>>>> = {
  '1.0.10.6': {},
  '1.0.0.24': plainHook,
  friendly,
}
/** Longer messages go out in pieces. */
const pieceLength = 150

export interface AdapterLogOptions {
  readonly mac: string
  readonly model: string
  readonly firmware: string
  readonly wording: Wording
  /** As printed on the adapter. */
  readonly port: number
  /** Where the log goes: P207. */
  readonly server: { readonly address: string; readonly port: number }
  readonly random: () => number
  readonly after: (ms: number, wake: () => void) => void
  readonly faults: () => Faults
}

export interface AdapterLog {
  start(): Promise<void>
  stop(): Promise<void>
  say(happening: AdapterHappening, caller?: { readonly number?: string; readonly name?: string }): void
  /** Any text at all, as another part of the firmware might write it. */
  write(priority: number, text: string): void
  settled(): Promise<void>
}

/** The log of an adapter as it goes on the wire: UDP, the head of BusyBox's syslogd, pieces of 150 characters. */
export function createAdapterLog(options: AdapterLogOptions): AdapterLog {
  const { random, after, faults, server, port } = options
  const under = new Set<Promise<void>>()
  let socket: Socket | undefined

  function send(datagram: string): void {
    const { delayMs = 0, reorder } = faults()
    const wait = delayMs * (reorder === true ? random() : 1)
    const sent = new Promise<void>((resolve) => {
      const go = (): void => {
        // Without a server in P207 it keeps its log to itself.
        if (socket === undefined || server.port === 0) resolve()
        else socket.send(datagram, server.port, server.address, () => resolve())
      }
      if (wait === 0) go()
      else after(wait, go)
    })
    under.add(sent)
    void sent.finally(() => under.delete(sent))
  }

  function write(priority: number, text: string): void {
    const { lose, loseShare = 0, double } = faults()
    for (let at = 0; at < text.length; at += pieceLength) {
      const piece = text.slice(at, at + pieceLength)
      if (lose?.(piece) === true || (loseShare > 0 && random() < loseShare)) continue
      const datagram = `<${priority}>Nov 26 10:30:00 ${options.model} [${options.mac}] [${options.firmware}]: ${piece}`
      for (let time = 0; time < (double === true ? 2 : 1); time += 1) send(datagram)
    }
  }

  return {
    async start() {
      const opened = createSocket('udp4')
      opened.on('error', () => {})
      await new Promise<void>((resolve) => opened.bind({ address: '127.0.0.1', port: 0 }, resolve))
      socket = opened
    },
    async stop() {
      const open = socket
      socket = undefined
      if (open !== undefined) await new Promise<void>((resolve) => open.close(() => resolve()))
    },
    say(happening, { number, name } = {}) {
      const caller = `uri sip:${number ?? 'anonymous'}@pbx.example, name ${name ?? ''}, number ${number ?? 'anonymous'}`
      for (const [priority, text] of wordings[options.wording][happening] ?? lines[happening]) {
        write(
          priority,
          text
            .replace('CALLER', caller)
            .replace('NUMBER', number ?? 'P')
            .replace(/\bN\b/, String(port - 1)),
        )
      }
    },
    write,
    async settled() {
      while (under.size > 0) await Promise.all(under)
    },
  }
}
