import { expect, test } from 'vitest'
import { flashOf } from '../../src/simulator/intel-hex.ts'

const end = ':00000001FF'

test('a program is read into the words of the flash', () => {
  const flash = flashOf(`:0400000001020304F2\n:02000600AABB93\r\n${end}\n`, 32)
  expect([...flash.slice(0, 4)]).toEqual([0x0201, 0x0403, 0, 0xbbaa])
})

test('where a loader shall jump in is passed over', () => {
  expect(flashOf(`:0400000300003800C1\n${end}`, 32)[0]).toBe(0)
})

test.each([
  ['no record', 'hello', 'line 1 of the HEX file is not a record'],
  ['a length that is not so', ':0500000001020304F1', 'line 1 of the HEX file has not the length it tells'],
  ['a wrong check', ':0400000001020304F3', 'line 1 of the HEX file has a wrong check'],
  ['an address outside', ':04001E0001020304D4', 'line 1 of the HEX file is outside the memory of 32 bytes'],
  ['a kind that none has', ':020000040800F2', 'line 1 of the HEX file is a record of type 4'],
])('%s is refused', (_, line, sentence) => {
  expect(() => flashOf(`${line}\n${end}`, 32)).toThrow(sentence)
})

test('a file that was cut off is refused', () => {
  expect(() => flashOf(':0400000001020304F2\n', 32)).toThrow('it was cut off')
})
