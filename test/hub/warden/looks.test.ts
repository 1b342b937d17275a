import { describe, expect, test } from 'vitest'
import { answersFor } from '../../../src/hub/warden/core.ts'
import { wardenLimits } from '../../../src/hub/warden/limits.ts'
import { gone, graceMs, hears, openWarden, ready } from './time.ts'

describe('the desks that it answers for', () => {
  test('are those whose phones were read at the last look', () => {
    const warden = openWarden()
    let ok = true
    const looked: string[] = []
    warden.atPhones((effect) => {
      looked.push(`${warden.now() / 1000} ${effect.desk}`)
      warden.tell({ type: 'looked', desk: effect.desk, ok: ok && effect.desk !== 'usc-13' })
    })
    warden.tell({ type: 'phones', desks: ['usc-12', 'usc-13'] })
    expect(answersFor(warden.core())).toEqual(['usc-12'])
    warden.wait(wardenLimits.lookRetryMs)
    expect(looked).toEqual(['0 usc-12', '0 usc-13', '300 usc-13'])
    ok = false
    warden.wait(wardenLimits.lookEveryMs)
    expect(answersFor(warden.core())).toEqual([])
    warden.tell({ type: 'phones', desks: [] })
    expect(warden.core().looks.size).toBe(0)
  })

  test('a phone is read as soon as its agent says that it holds a lease', () => {
    const warden = openWarden()
    const looked: string[] = []
    warden.atPhones((effect) => {
      looked.push(`${warden.now() / 1000} ${effect.type}`)
      warden.tell({ type: 'looked', desk: effect.desk, ok: true })
    })
    warden.tell(hears, { type: 'phones', desks: ['usc-12'] })
    warden.wait(5000)
    warden.forwards('usc-12', { state: 'asked' })
    warden.forwards()
    warden.forwards()
    expect(looked).toEqual(['0 look', '5 look'])
  })

  test('one that turned the warden down when it had to be told is not among them', () => {
    const warden = ready(() => 'refused')
    warden.forwards()
    expect(answersFor(warden.core())).toEqual(['usc-12'])
    warden.tell(gone())
    warden.wait(graceMs)
    expect(answersFor(warden.core())).toEqual([])
  })
})
