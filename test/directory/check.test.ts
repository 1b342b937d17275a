import { describe, expect, test } from 'vitest'
import { polishNumbering } from '../../src/desk/number.ts'
import { directoryFaults, directoryRemarks } from '../../src/directory/check.ts'
import type { ListedDesk, OfficeDirectory } from '../../src/directory/directory.ts'
import { quickestMs } from '../quickest.ts'
import { bruteForce } from './brute-force.ts'
import { numbering, randomDirectory } from './random-directory.ts'

function office(desks: Readonly<Record<string, Partial<Omit<ListedDesk, 'substitutes'>> & { substitutes?: readonly string[] }>>, external: string[] = []) {
  const listed = Object.entries(desks).map(([name, { substitutes = [], ...desk }], place): [string, ListedDesk] => [
    name,
    { number: String(6000 + place), staffed: false, forwards: [], ...desk, substitutes: substitutes.map((each) => ({ desk: each })) },
  ])
  return { desks: Object.fromEntries(listed), external, numbers: numbering } satisfies OfficeDirectory
}

const sentences = (directory: OfficeDirectory) => directoryFaults(directory).map(({ path, sentence }) => `${path}: ${sentence}`)
const kinds = (directory: OfficeDirectory) => directoryFaults(directory).map(({ kind, desks }) => `${kind} ${desks.join(' ')}`)

const desk = { staffed: true }

describe('a directory that works', () => {
  test('has chains that end where somebody always is', () => {
    expect(directoryFaults(office({ a: { substitutes: ['b', 'c'] }, b: { substitutes: ['c'] }, c: desk }))).toEqual([])
  })

  test('may send busy calls on, and to a listed number outside', () => {
    const forwards = [
      { kind: 'busy', to: 'b' },
      { kind: 'no-answer', to: '600 100 200'.replaceAll(' ', '') },
    ] as const
    expect(directoryFaults(office({ a: { substitutes: ['b'], forwards }, b: desk }, ['+48600100200']))).toEqual([])
  })

  test('may be empty', () => {
    expect(directoryFaults(office({}))).toEqual([])
  })
})

describe('every fault is told with the next step', () => {
  test.each<[string, OfficeDirectory, string]>([
    [
      'a desk for itself',
      office({ a: { ...desk, substitutes: ['a'] } }),
      'desks.a.substitutes[0]: must not name the desk itself; name a desk that takes its calls',
    ],
    ['a desk twice', office({ a: { substitutes: ['b', 'b'] }, b: desk }), 'desks.a.substitutes[1]: names b a second time; leave it out here'],
    [
      'a desk that is not there',
      office({ a: { substitutes: ['usc-41', 'usc-14'] }, 'usc-14': desk }),
      'desks.a.substitutes[0]: names usc-41, which is not in this directory; did you mean usc-14?',
    ],
    [
      'a number that is not there',
      office({ a: { substitutes: ['b'], forwards: [{ kind: 'busy', to: '7777' }] }, b: desk }),
      'desks.a.forwards[0].to: is 7777, which is no desk and no number of one, and is not in external',
    ],
    [
      'one number in two spellings',
      office({ a: { substitutes: ['b'], number: '6014' }, b: { ...desk, number: '+48858696014' } }),
      'desks.a.number: is also the number of b; each desk needs one of its own',
    ],
    [
      'a desk whose name is the number of another',
      office({ a: { substitutes: ['b'], forwards: [{ kind: 'busy', to: '6014' }] }, b: { ...desk, number: '6014' }, 6014: desk }),
      'desks.a.forwards[0].to: may be 6014 or b; write the name of the desk that is meant',
    ],
    [
      'an emergency number',
      office({ a: { substitutes: ['b'], forwards: [{ kind: 'always', to: '112' }] }, b: desk }),
      'desks.a.forwards[0].to: is an emergency number, 112; no call may be sent there by itself',
    ],
    [
      'a kind twice',
      office({
        a: {
          substitutes: ['b'],
          forwards: [
            { kind: 'busy', to: 'b' },
            { kind: 'busy', to: 'b' },
          ],
        },
        b: desk,
      }),
      'desks.a.forwards[1].kind: is busy a second time; a phone has one of each',
    ],
    [
      'a circle',
      office({ a: { substitutes: ['b'] }, b: { substitutes: ['c'] }, c: { substitutes: ['a', 'd'] }, d: desk }),
      'desks.a.substitutes[0]: leads round in a circle, a → b → c → a; take one of these out',
    ],
    [
      'a circle of several kinds',
      office({ a: { substitutes: ['b'] }, b: { ...desk, forwards: [{ kind: 'busy', to: '0858696002' }] }, c: { forwards: [{ kind: 'always', to: 'a' }] } }),
      'desks.a.substitutes[0]: leads round in a circle, a → b → c → a; take one of these out',
    ],
    [
      'nobody at the end',
      office({ a: {} }),
      'desks.a: has nobody who takes its calls, and is not staffed; name its substitutes, or have it staffed if somebody is always there',
    ],
    [
      'nobody at the end of the chain',
      office({ a: { substitutes: ['b'] }, b: {} }),
      'desks.a: has its calls end with nobody who is always there: b and whoever comes after; one of them must be staffed',
    ],
    [
      'every call out of the office',
      office({ a: { substitutes: ['b'], forwards: [{ kind: 'always', to: '+48600100200' }] }, b: desk }, ['600100200']),
      'desks.a: sends every call out of the office, so nobody knows whether it is answered; name somebody who takes its calls',
    ],
    [
      'somebody always there at a phone that never rings',
      office({ a: { ...desk, forwards: [{ kind: 'always', to: 'b' }] }, b: desk }),
      'desks.a.staffed: says that somebody is always there, and forwards sends every call away; take one of the two out',
    ],
  ])('%s', (_, directory, sentence) => {
    expect(sentences(directory)).toContain(sentence)
  })

  test('all at once', () => {
    const directory = office({ a: { substitutes: ['a', 'x'] }, b: { substitutes: ['c'] }, c: { substitutes: ['b'] } })
    expect(kinds(directory)).toEqual(['self a', 'dead a', 'circle b c', 'no-end a', 'no-end b', 'no-end c'])
  })

  test('names that JavaScript knows are names like others', () => {
    expect(kinds(office({ a: { substitutes: ['constructor'] }, b: desk }))).toEqual(['dead a', 'no-end a'])
    expect(directoryRemarks(office({ a: { substitutes: ['constructor'] } }))).toEqual([])
  })

  test('the digits of a name are no number', () => {
    expect(kinds(office({ a: { substitutes: ['b'], forwards: [{ kind: 'busy', to: 'usc-6001' }] }, b: desk }))).toEqual(['dead a'])
  })
})

describe('what works and is hardly meant', () => {
  const said = (directory: OfficeDirectory) => directoryRemarks(directory).map(({ path, sentence }) => `${path}: ${sentence}`)

  test('more desks rest on one than it takes', () => {
    const three = { a: { substitutes: ['r'] }, b: { substitutes: ['r'] }, c: { substitutes: ['r'] } }
    expect(said(office({ ...three, r: desk }))).toEqual([
      'desks.r.absenteesMax: is the only substitute of 3 desks and takes the calls of 2 at once; if more are away, theirs only ring',
    ])
    expect(said(office({ ...three, r: { ...desk, absenteesMax: 3 } }))).toEqual([])
  })

  test('a substitute that never rings', () => {
    const directory = office({ a: { substitutes: ['b', 'r'] }, b: { forwards: [{ kind: 'always', to: 'r' }] }, r: desk })
    expect(directoryFaults(directory)).toEqual([])
    expect(said(directory)).toEqual(['desks.a.substitutes[0]: names b, which sends every call away itself, so it never takes one of another'])
  })
})

describe('10,000 invented offices', () => {
  const seeds = Array.from({ length: 10_000 }, (_, seed) => seed + 1)

  test('are judged as by walking every way that a call can take', () => {
    const tally = { sound: 0, faulty: 0 }
    const seen = new Map<string, number>()
    for (const seed of seeds) {
      const directory = randomDirectory(seed)
      const faults = directoryFaults(directory)
      const { faulty, reasons } = bruteForce(directory)
      const found = new Map<string, Set<string>>()
      for (const { kind, desks } of faults) for (const name of desks) found.set(name, (found.get(name) ?? new Set()).add(kind))
      expect([...found.keys()].sort(), `seed ${seed}`).toEqual([...faulty].sort())
      expect(found, `seed ${seed}`).toEqual(reasons)
      tally[faults.length === 0 ? 'sound' : 'faulty'] += 1
      for (const { kind } of faults) seen.set(kind, (seen.get(kind) ?? 0) + 1)
    }
    // A generator that makes only good ones, or only bad ones, tries nothing.
    expect(tally.sound).toBeGreaterThan(2000)
    expect(tally.faulty).toBeGreaterThan(2000)
    for (const kind of ['self', 'twice', 'dead', 'ambiguous', 'emergency', 'circle', 'never-rings', 'no-end']) expect(seen.get(kind), kind).toBeGreaterThan(100)
  }, 60_000)
})

test('a thousand desks in one chain are judged at once', () => {
  const names = Array.from({ length: 1000 }, (_, place) => `d${place}`)
  const chain = Object.fromEntries(names.map((name, place) => [name, place === 999 ? desk : { substitutes: [`d${place + 1}`] }]))
  const directory = { ...office(chain), numbers: polishNumbering }
  expect(directoryFaults(directory)).toEqual([])
  expect(quickestMs(() => directoryFaults(directory))).toBeLessThan(2000)
})

test('a thousand desks whose substitutes all have other names by now are judged at once, and some are told what may be meant', () => {
  const names = Array.from({ length: 1000 }, (_, place) => `usc-${String(place).padStart(4, '0')}-new`)
  const chain = (place: number) => Array.from({ length: 8 }, (_, step) => `usc-${String((place + step + 1) % 1000).padStart(4, '0')}`)
  const directory = { ...office(Object.fromEntries(names.map((name, place) => [name, { substitutes: chain(place) }]))), numbers: polishNumbering }
  expect(quickestMs(() => directoryFaults(directory))).toBeLessThan(2000)
  const dead = directoryFaults(directory).filter(({ kind }) => kind === 'dead')
  expect(dead).toHaveLength(8000)
})
