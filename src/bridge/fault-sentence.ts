import { readdirSync } from 'node:fs'
import { maskText } from '../log.ts'
import { protocolNumber } from './frame.ts'

/** Where the system names serial devices after what they are, and not after when they came. */
const byIdDirectory = '/dev/serial/by-id'
/** More names than this say nothing to anybody. */
const namedMax = 8

/** The paths of the serial devices of this machine, such as `bridge.path` should be. */
export function serialDevices(directory: string = byIdDirectory): readonly string[] {
  try {
    return readdirSync(directory).map((name) => `${directory}/${name}`)
  } catch {
    return []
  }
}

/** What became of a connection, or of an attempt at one. */
export type Trouble =
  | { readonly fault: 'absent'; readonly reason: string }
  | { readonly fault: 'unplugged' | 'silent' | 'garbage' }
  | { readonly fault: 'wrong-firmware'; readonly protocol: number }

/** Why the port could not be opened, as far as a person must do different things about it. */
export function openFaultOf(reason: string): 'busy' | 'denied' | 'missing' | 'other' {
  if (/lock|temporarily unavailable|busy/i.test(reason)) return 'busy'
  if (/permission|access denied|not permitted/i.test(reason)) return 'denied'
  return /no such (file|device)|not found|ENOENT|ENXIO|ENODEV/i.test(reason) ? 'missing' : 'other'
}

/** What is wrong with the bridge and what to do about it, in the words of the log. */
export function troubleSentence(trouble: Trouble, path: string, devices: readonly string[]): string {
  switch (trouble.fault) {
    case 'absent':
      return absentSentence(trouble.reason, path, devices)
    case 'unplugged':
      return `The bridge at ${path} has gone: its cable was pulled, or its port has failed. The desk goes on without lamp and seat until it is back.`
    case 'silent':
      return `The bridge at ${path} says nothing, or does not answer: is it our firmware (firmware-bridge), and is this the right device? It is tried again.`
    case 'garbage':
      return `What comes from ${path} cannot be read: another device, a bad cable, or another speed than 115200 baud. It is tried again.`
    case 'wrong-firmware':
      return `The bridge at ${path} speaks protocol ${trouble.protocol}, this agent speaks ${protocolNumber}: flash the firmware that came with this agent.`
    default:
      return trouble satisfies never
  }
}

function absentSentence(reason: string, path: string, devices: readonly string[]): string {
  switch (openFaultOf(reason)) {
    case 'busy':
      return `The bridge's port ${path} is used by another program: end it (fuser -v ${path} names it), it is tried again.`
    case 'denied':
      return `The agent may not open the bridge's port ${path}: its user must be in the group dialout (ls -l ${path}).`
    case 'missing':
      return `There is no bridge at ${path}. ${whatIsThere(devices)} The desk goes on without it, and it is tried again.`
    default:
      return `The bridge's port ${path} cannot be opened: ${maskText(reason)}. ${whatIsThere(devices)}`
  }
}

function whatIsThere(devices: readonly string[]): string {
  if (devices.length === 0) return 'This machine has no serial device by id: plug the bridge in.'
  return `Serial devices of this machine: ${devices.slice(0, namedMax).join(', ')}. If one of them is the bridge, name it in bridge.path.`
}
