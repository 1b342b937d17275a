import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Habit } from './clerk.ts'

export interface DemoDesk {
  readonly id: string
  readonly department: string
  readonly vendor: 'yealink' | 'grandstream' | 'analogue'
  readonly habit: Habit
  readonly mac: string
  readonly number: string
  /** Who takes its calls, in this order. */
  readonly substitutes: readonly string[]
  /** Its agent is a process of its own, so that it can be killed. */
  readonly killable?: true
}

/** Five desks, each with a story of its own. The calls of the one that is hardly ever there go to the one that always answers. */
export const demoDesks: readonly DemoDesk[] = [
  {
    id: 'usc-12',
    department: 'usc',
    vendor: 'yealink',
    habit: 'answers',
    mac: '001565000012',
    number: '6012',
    substitutes: ['reception'],
  },
  {
    id: 'usc-14',
    department: 'usc',
    vendor: 'yealink',
    habit: 'walks-away',
    mac: '001565000014',
    number: '6014',
    substitutes: ['usc-12', 'reception'],
  },
  {
    id: 'geo-03',
    department: 'geodezja',
    vendor: 'grandstream',
    habit: 'ordinary',
    mac: '000b82000003',
    number: '6103',
    substitutes: ['mel-05', 'usc-12'],
  },
  {
    id: 'kan-07',
    department: 'kancelaria',
    vendor: 'yealink',
    habit: 'absent',
    mac: '001565000007',
    number: '6207',
    substitutes: ['usc-12', 'usc-14'],
    killable: true,
  },
  {
    id: 'mel-05',
    department: 'meldunki',
    vendor: 'analogue',
    habit: 'ordinary',
    mac: '000b82000005',
    number: '6305',
    substitutes: ['reception'],
  },
]

/** The front office has a telephone and people, and no agent: calls may end there, and nobody is forwarded to it by the program. */
const reception = { number: '6000', staffed: true }

/** Who takes whose calls, as an office would write it down. JSON is YAML, too. */
export function writeDirectory(folder: string): string {
  const desks = Object.fromEntries(demoDesks.map(({ id, number, substitutes }) => [id, { number, substitutes }]))
  return write(folder, 'directory.yaml', { desks: { ...desks, reception } })
}

/** The phones that take commands, for the warden. */
export function writeWardenPhones(folder: string, phones: readonly { readonly id: string; readonly vendor: string; readonly url: string }[]): string {
  writeFileSync(join(folder, 'phone.password'), `${demoPassword}\n`, { mode: 0o600 })
  const listed = phones.map(({ id, ...phone }) => [id, { ...phone, username: 'admin', passwordFile: 'phone.password' }])
  return write(folder, 'warden-phones.yaml', { phones: Object.fromEntries(listed) })
}

/** Of every emulated phone. */
export const demoPassword = 'demonstration'

function write(folder: string, name: string, value: object): string {
  const file = join(folder, name)
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 })
  return file
}
