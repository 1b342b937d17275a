import { expect, test } from 'vitest'
import { createLights } from '../../src/simulator/lights.ts'

const lit = { left: 0.8, middle: 0, right: 0 }
const dark = { left: 0, middle: 0, right: 0 }

test('a lamp that runs faster than life is never drawn as it runs', () => {
  let realTime = true
  const told: unknown[] = []
  const lights = createLights(() => realTime)
  lights.onChange((desk, shown) => void told.push([desk, shown]))
  lights.show('mel-05', lit)
  realTime = false
  lights.again()
  lights.show('mel-05', dark)
  expect(lights.now()).toEqual({ 'mel-05': null })
  realTime = true
  lights.again()
  expect(lights.now()).toEqual({ 'mel-05': dark })
  expect(told).toEqual([
    ['mel-05', lit],
    ['mel-05', null],
    ['mel-05', dark],
  ])
})
