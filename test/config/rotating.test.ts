import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRotating } from '../../src/config/rotating.ts'
import { temporaryDirectory } from './temporary.ts'

const directory = temporaryDirectory()

function rotating(name: 'token' | 'brokerPassword' = 'brokerPassword') {
  const file = directory.write(name, 'first\n')
  const faults: string[] = []
  const read = createRotating({ file, name, values: ['first'], onFault: (fault) => faults.push(fault) })
  return { file, faults, read }
}

test('a secret follows its file, written over or put in its place', () => {
  const { file, read, faults } = rotating()
  expect(read()).toEqual(['first'])
  writeFileSync(file, 'second\nfirst\n')
  expect(read()).toEqual(['second', 'first'])
  const beside = join(directory.path, 'beside')
  writeFileSync(beside, 'third\n')
  renameSync(beside, file)
  expect(read()).toEqual(['third'])
  expect(faults).toEqual([])
})

test('what cannot be used changes nothing, is told once and without a letter of it, and is left behind when it is put right', () => {
  const { file, read, faults } = rotating('token')
  writeFileSync(file, 'sesame\n')
  for (let times = 0; times < 3; times += 1) expect(read()).toEqual(['first'])
  rmSync(file)
  for (let times = 0; times < 3; times += 1) expect(read()).toEqual(['first'])
  expect(faults).toHaveLength(2)
  expect(faults.join()).not.toContain('sesame')
  writeFileSync(file, 'a-token-that-is-long-enough\n')
  expect(read()).toEqual(['a-token-that-is-long-enough'])
})

test('a file that cannot even be looked at changes nothing, and is no fault of who asks', () => {
  const { file, read, faults } = rotating()
  rmSync(file)
  symlinkSync(file, file)
  for (let times = 0; times < 3; times += 1) expect(read()).toEqual(['first'])
  expect(faults).toHaveLength(1)
  rmSync(file)
  writeFileSync(file, 'second\n')
  expect(read()).toEqual(['second'])
})
