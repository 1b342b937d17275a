import type { Fault } from '../config/fault.ts'
import { nearestName } from '../config/nearest.ts'
import { isEmergency } from '../desk/number.ts'
import { limits, policyDefaults } from '../desk/policy.ts'
import { type AddressBook, addressBook } from './address-book.ts'
import type { ListedDesk, OfficeDirectory } from './directory.ts'
import { circles, type Edge, reaching } from './edges.ts'

/**
 * Whether a directory can work, before any phone hears of it (procedure §4.6). Every way that a call can take is an edge, whoever arranged it: the
 * substitutes, which we forward to, and what people have set at phone or exchange. An exchange that checks only one kind of forwarding lets calls run
 * round in mixed circles. Pure: it looks at nothing but what it is given.
 */

export type FaultKind =
  /** Goes to itself. */
  | 'self'
  /** The same desk twice in a chain, the same kind of forwarding twice at a desk. */
  | 'twice'
  /** Goes to a desk or a number that is not there. */
  | 'dead'
  /** One number for two desks. */
  | 'ambiguous'
  | 'emergency'
  | 'circle'
  /** Somebody is said to be always there, and the phone never rings. */
  | 'never-rings'
  /** The calls come to nobody who is always there. */
  | 'no-end'

/** A fault, and the desks whose calls it concerns. */
export interface DirectoryFault extends Fault {
  readonly kind: FaultKind
  readonly desks: readonly string[]
}

/** All faults at once, in the order of the file. */
export function directoryFaults(directory: OfficeDirectory): readonly DirectoryFault[] {
  const book = addressBook(directory)
  const meant = meantIn(directory.desks)
  const found = Object.entries(directory.desks).flatMap(([name, desk]) => [
    ...numberFaults(name, directory, book),
    ...substituteFaults(name, desk, directory, meant),
    ...forwardFaults(name, desk, directory, book, meant),
  ])
  const edges = edgesOf(directory, book)
  return [...found, ...circleFaults(directory, edges), ...endFaults(directory, edges, book)]
}

function numberFaults(name: string, { desks, numbers }: OfficeDirectory, book: AddressBook): DirectoryFault[] {
  const path = `desks.${name}.number`
  const number = desks[name]?.number ?? ''
  if (isEmergency(number, policyDefaults.emergencyNumbers, numbers)) {
    return [{ path, kind: 'emergency', desks: [name], sentence: `is an emergency number, ${number}; write the number of the desk` }]
  }
  const others = book.desksAt(number).filter((other) => other !== name)
  if (others.length === 0) return []
  return [{ path, kind: 'ambiguous', desks: [name], sentence: `is also the number of ${others.join(', ')}; each desk needs one of its own` }]
}

function substituteFaults(name: string, { substitutes }: ListedDesk, { desks }: OfficeDirectory, meant: Meant): DirectoryFault[] {
  return substitutes.flatMap(({ desk }, place): DirectoryFault[] => {
    const path = `desks.${name}.substitutes[${place}]`
    const fault = (kind: FaultKind, sentence: string): DirectoryFault[] => [{ path, kind, desks: [name], sentence }]
    if (desk === name) return fault('self', 'must not name the desk itself; name a desk that takes its calls')
    if (substitutes.findIndex((other) => other.desk === desk) < place) return fault('twice', `names ${desk} a second time; leave it out here`)
    if (!Object.hasOwn(desks, desk)) return fault('dead', `names ${desk}, which is not in this directory${meant(desk)}`)
    return []
  })
}

function forwardFaults(name: string, { forwards }: ListedDesk, { numbers }: OfficeDirectory, book: AddressBook, meant: Meant): DirectoryFault[] {
  return forwards.flatMap(({ kind, to }, place): DirectoryFault[] => {
    const path = `desks.${name}.forwards[${place}].to`
    const fault = (word: FaultKind, sentence: string): DirectoryFault[] => [{ path, kind: word, desks: [name], sentence }]
    if (forwards.findIndex((other) => other.kind === kind) < place) {
      return [{ path: `desks.${name}.forwards[${place}].kind`, kind: 'twice', desks: [name], sentence: `is ${kind} a second time; a phone has one of each` }]
    }
    if (isEmergency(to, policyDefaults.emergencyNumbers, numbers))
      return fault('emergency', `is an emergency number, ${to}; no call may be sent there by itself`)
    const target = book.reach(to)
    if (target.desks.includes(name)) return fault('self', 'must not lead to the desk itself; take this forwarding away at the phone, and here')
    if (target.desks.length > 1) return fault('ambiguous', `may be ${target.desks.join(' or ')}; write the name of the desk that is meant`)
    if (target.desks.length > 0 || target.external) return []
    return fault('dead', `is ${to}, which is no desk and no number of one, and is not in external${meant(to)}`)
  })
}

/** So many names are compared with all the others: a file whose names have all changed is no slip of the pen, and must not keep a hub from its desks. */
const meantMax = 20

/** What was perhaps meant by a name that is not there, as the end of a sentence. */
type Meant = (name: string) => string

function meantIn(desks: OfficeDirectory['desks']): Meant {
  const names = Object.keys(desks)
  let left = meantMax
  return (name) => {
    left -= 1
    const near = left < 0 ? undefined : nearestName(name, names)
    return near === undefined ? '' : `; did you mean ${near}?`
  }
}

/** Every way from one desk to another. One that leads to itself or nowhere has been told of, and is none here. */
function edgesOf({ desks }: OfficeDirectory, book: AddressBook): readonly (Edge & { readonly always: boolean })[] {
  return Object.entries(desks).flatMap(([from, { substitutes, forwards }]) => {
    const asSubstitutes = substitutes.map(({ desk }, place) => ({ from, to: desk, path: `desks.${from}.substitutes[${place}]`, always: false }))
    const set = forwards.flatMap(({ kind, to }, place) =>
      book.reach(to).desks.map((desk) => ({ from, to: desk, path: `desks.${from}.forwards[${place}].to`, always: kind === 'always' })),
    )
    return [...asSubstitutes, ...set].filter(({ to }) => to !== from && Object.hasOwn(desks, to))
  })
}

function circleFaults({ desks }: OfficeDirectory, edges: readonly Edge[]): DirectoryFault[] {
  return circles(Object.keys(desks), edges).map((round) => {
    const names = round.map(({ from }) => from)
    const path = [...names, names[0]].join(' → ')
    return { path: round[0]?.path ?? 'desks', kind: 'circle', desks: names, sentence: `leads round in a circle, ${path}; take one of these out` }
  })
}

/** A desk that forwards every call never sees its substitutes asked: only where that leads counts. */
function endFaults({ desks }: OfficeDirectory, edges: readonly (Edge & { readonly always: boolean })[], book: AddressBook): DirectoryFault[] {
  const names = Object.keys(desks)
  const sendsAll = (name: string): boolean => desks[name]?.forwards.some(({ kind }) => kind === 'always') ?? false
  const effective = edges.filter(({ from, always }) => always || !sendsAll(from))
  const ends = names.filter((name) => desks[name]?.staffed === true && !sendsAll(name))
  const reached = reaching(ends, effective)
  return names.flatMap((name): DirectoryFault[] => {
    if (desks[name]?.staffed === true && sendsAll(name)) {
      const sentence = 'says that somebody is always there, and forwards sends every call away; take one of the two out'
      return [{ path: `desks.${name}.staffed`, kind: 'never-rings', desks: [name], sentence }]
    }
    if (reached.has(name)) return []
    return [{ path: `desks.${name}`, kind: 'no-end', desks: [name], sentence: noEnd(name, desks[name], effective, book) }]
  })
}

function noEnd(name: string, desk: ListedDesk | undefined, edges: readonly Edge[], book: AddressBook): string {
  const next = [...new Set(edges.filter(({ from }) => from === name).map(({ to }) => to))]
  const outside = desk?.forwards.find(({ kind, to }) => kind === 'always' && book.reach(to).external)
  if (outside !== undefined) return 'sends every call out of the office, so nobody knows whether it is answered; name somebody who takes its calls'
  if (next.length > 0) return `has its calls end with nobody who is always there: ${next.join(', ')} and whoever comes after; one of them must be staffed`
  return 'has nobody who takes its calls, and is not staffed; name its substitutes, or have it staffed if somebody is always there'
}

/** What works and is hardly meant: told, and no reason to refuse a directory. */
export function directoryRemarks({ desks }: OfficeDirectory): readonly Fault[] {
  return Object.entries(desks).flatMap(([name, desk]) => [...idleSubstitutes(name, desk, desks), ...overloaded(name, desk, desks)])
}

function idleSubstitutes(name: string, { substitutes }: ListedDesk, desks: OfficeDirectory['desks']): Fault[] {
  return substitutes.flatMap(({ desk }, place) => {
    if (!Object.hasOwn(desks, desk) || !desks[desk]?.forwards.some(({ kind }) => kind === 'always')) return []
    return [{ path: `desks.${name}.substitutes[${place}]`, sentence: `names ${desk}, which sends every call away itself, so it never takes one of another` }]
  })
}

function overloaded(name: string, { absenteesMax = limits.absenteesMax }: ListedDesk, desks: OfficeDirectory['desks']): Fault[] {
  const alone = Object.entries(desks).filter(([, { substitutes }]) => substitutes.length === 1 && substitutes[0]?.desk === name)
  if (alone.length <= absenteesMax) return []
  const sentence = `is the only substitute of ${alone.length} desks and takes the calls of ${absenteesMax} at once; if more are away, theirs only ring`
  return [{ path: `desks.${name}.absenteesMax`, sentence }]
}
