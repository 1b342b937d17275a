import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bridgePatterns } from '../../src/bridge/patterns.ts'
import { firmwareLampTable, phaseModuloMs } from '../../src/lamps/firmware-table.ts'
import { lampTable } from '../../src/lamps/patterns.ts'

const read = (file: string): string => readFileSync(new URL(`../../firmware-bridge/${file}`, import.meta.url), 'utf8')

test('the table of the microcontroller is the one that all lamps share (else: npm run docs, and build the program anew)', () => {
  expect(read('lamp-table.h')).toBe(firmwareLampTable())
})

test('every period divides what the phase is told modulo', () => {
  const periods = Object.values(lampTable).flatMap(({ left, middle, right }) => [left, middle, right].flatMap((rhythm) => rhythm?.periodMs ?? []))
  expect(periods.length).toBeGreaterThan(10)
  expect(periods.filter((periodMs) => phaseModuloMs % periodMs !== 0)).toEqual([])
})

test('the page of the protocol numbers the patterns as the code does', () => {
  const named = [...read('protocol.md').matchAll(/\b(\d+) `([a-z-]+)`/g)].map(([, number, name]) => [Number(number), name])
  expect(named).toEqual(bridgePatterns.map((name, number) => [number, name]))
})
