import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownAddress, sipPort } from './addresses.ts'
import { passwordOf } from './asterisk-config.ts'
import { type Control, connectControl } from './baresip-control.ts'
import { type Program, startProgram } from './program.ts'
import { until } from './until.ts'

const controlPort = 4444

/** One call of a telephone as the telephone itself tells it. */
export interface PhoneCall {
  readonly id: string
  readonly direction: 'incoming' | 'outgoing'
  readonly peer: string
  readonly state: 'ringing' | 'established' | 'closed'
  /** Why it is over, in the telephone's words. */
  readonly reason?: string
}

/** A real SIP telephone without a screen: baresip, told by its control port what a hand would press. */
export interface Phone {
  readonly number: string
  readonly address: string
  /** All calls since it was started, the oldest first. */
  calls(): readonly PhoneCall[]
  /** Waits until its newest call is in this state. */
  newest(state: PhoneCall['state']): Promise<PhoneCall>
  dial(number: string): Promise<void>
  accept(): Promise<void>
  /** Ends the call that is in the foreground; one that rings is rejected with 486. */
  hangUp(): Promise<void>
  hold(): Promise<void>
  resume(): Promise<void>
  /** A blind transfer: REFER. */
  transfer(number: string): Promise<void>
  stop(): Promise<void>
}

export interface PhoneOptions {
  readonly number: string
  /** Where it registers: the exchange, or a relay before it. */
  readonly server: string
  readonly domain?: string
}

export async function startPhone({ number, server, domain = server }: PhoneOptions): Promise<Phone> {
  const address = ownAddress()
  const directory = mkdtempSync(join(tmpdir(), `third-ring-phone-${number}-`))
  mkdirSync(join(directory, 'profile'))
  writeFileSync(join(directory, 'profile/config'), config(number, address))
  const account = `<sip:${number}@${domain}>;auth_user=${number};auth_pass=${passwordOf(number)};outbound="sip:${server}:${sipPort};transport=udp"`
  writeFileSync(join(directory, 'profile/accounts'), `${account};regint=60;answermode=manual\n`)
  writeFileSync(join(directory, 'profile/contacts'), '')
  const program = startProgram('/usr/bin/baresip', ['-4', '-f', join(directory, 'profile')], join(directory, 'log'))
  const stop = async () => {
    // Asked nicely, it waits for an exchange that may be gone.
    await program.kill()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    const phone = await operate(address, number, program)
    return { number, address, stop, ...phone }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Takes the telephone's control port, and waits until the exchange knows it. */
async function operate(address: string, number: string, program: Program): Promise<Omit<Phone, 'number' | 'address' | 'stop'>> {
  const last = () => program.said().slice(-1000)
  const calls = new Map<string, PhoneCall>()
  let registered = false
  const control = await until(`baresip ${number} listens`, () => connectControl(address, controlPort), last)
  control.onEvent(({ type, id, direction, peeruri, param }) => {
    if (type === 'REGISTER_OK') registered = true
    const state = stateAfter(type)
    if (id === undefined || direction === undefined || state === undefined) return
    const before = calls.get(id)
    calls.set(id, { id, direction, peer: peeruri ?? before?.peer ?? '', state, ...(state === 'closed' && param !== undefined ? { reason: param } : {}) })
  })
  // It may have been before anybody listened.
  await until(`baresip ${number} is registered`, () => registered || program.said().includes('200 OK'), last)
  const known = () => JSON.stringify([...calls.values()])
  return {
    calls: () => [...calls.values()],
    newest: (state) => until(`the newest call of ${number} is ${state}`, () => newestIn(calls, state), known),
    ...keys(control, () => until(`a call of ${number} is established`, () => [...calls.values()].some(({ state }) => state === 'established'), known)),
  }
}

/** The state that baresip's word means; undefined where it says nothing of the kind. */
function stateAfter(type: string): PhoneCall['state'] | undefined {
  if (['CALL_INCOMING', 'CALL_RINGING', 'CALL_PROGRESS'].includes(type)) return 'ringing'
  if (type === 'CALL_ESTABLISHED') return 'established'
  return type === 'CALL_CLOSED' ? 'closed' : undefined
}

/**
 * Who hears the other side holds, resumes and hands over. The other telephone knows of the answer before the ACK is here, and what is pressed in between is
 * lost.
 */
function keys(control: Control, speaking: () => Promise<unknown>): Pick<Phone, 'dial' | 'accept' | 'hangUp' | 'hold' | 'resume' | 'transfer'> {
  const press = (name: string) => async () => void (await control.command(name))
  const inCall = (name: string) => async (parameter?: string) => {
    await speaking()
    await control.command(name, parameter)
  }
  return {
    dial: async (number) => void (await control.command('dial', number)),
    accept: press('accept'),
    hangUp: press('hangup'),
    hold: inCall('hold'),
    resume: inCall('resume'),
    transfer: inCall('transfer'),
  }
}

function newestIn(calls: ReadonlyMap<string, PhoneCall>, state: PhoneCall['state']): PhoneCall | undefined {
  const newest = [...calls.values()].at(-1)
  return newest?.state === state ? newest : undefined
}

/** Without sound: what is said goes round in a ring. `net_interface` must be the address; the name of the interface does not do for loopback. */
function config(number: string, address: string): string {
  const lines = [
    ...['poll_method epoll', `sip_listen ${address}:${sipPort}`, `net_interface ${address}`, 'call_local_timeout 120', 'call_max_calls 4'],
    ...['player', 'source', 'alert'].map((part) => `audio_${part} aubridge,${number}${part === 'alert' ? '-alert' : ''}`),
    ...['ausrc_srate 8000', 'auplay_srate 8000', 'audio_channels 1-2', 'rtp_ports 20000-29999', 'rtp_timeout 0', 'module_path /usr/lib/baresip/modules'],
    ...['module g711.so', 'module aubridge.so', 'module_tmp uuid.so', 'module_tmp account.so', 'module_app menu.so', 'module_app ctrl_tcp.so'],
    `ctrl_tcp_listen ${address}:${controlPort}`,
  ]
  return `${lines.join('\n')}\n`
}
