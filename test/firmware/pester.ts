import { expect } from 'vitest'
import { encodeFrame } from '../../src/bridge/frame.ts'
import type { InputPin } from '../../src/simulator/avr-chip.ts'
import type { WiredBridge } from './wired-bridge.ts'

/** A question has its answer within this, whatever came before: what is in its buffers is said first. */
const answerMaxMs = 150
const pins: readonly InputPin[] = ['ring', 'hook', 'seat']

/**
 * A random story of so many ms: bytes, broken lines, good ones with wild numbers, and pins that do what they like. In between the bridge is asked, and
 * must answer.
 */
export function pester(bridge: WiredBridge, random: () => number, forMs: number): void {
  const upTo = (most: number): number => Math.floor(random() * most)
  const wild = (): number => upTo([2, 16, 256, 60_001, 65_537, 4_294_967_296][upTo(6)] ?? 1)
  const goodLine = (): string =>
    encodeFrame({ type: 'LPQCTLPCX'[upTo(9)] ?? 'P', fields: Array.from({ length: upTo(6) }, (_, index) => (index === 0 ? upTo(65_536) : wild())) })
  const bytes = (): string => String.fromCharCode(...Array.from({ length: upTo(90) }, () => upTo(256)))
  const cut = (text: string): string => text.slice(0, upTo(text.length))
  const bent = (text: string): string => {
    const at = upTo(text.length)
    return text.slice(0, at) + String.fromCharCode(upTo(256)) + text.slice(at + 1)
  }
  const deeds: readonly (() => void)[] = [
    () => bridge.sayRaw(bytes()),
    () => bridge.sayRaw(goodLine()),
    () => bridge.sayRaw(cut(goodLine())),
    () => bridge.sayRaw(bent(goodLine())),
    () => bridge.sayRaw('$'.repeat(upTo(100))),
    () => bridge.sayRaw(goodLine().repeat(upTo(12))),
    () => bridge.set(pins[upTo(3)] ?? 'seat', random() < 0.5),
    () => void bridge.ring({ hz: 10 + upTo(150), fullWave: random() < 0.5, cadence: [upTo(2500), 1 + upTo(4000)], bursts: 1 + upTo(4) }),
  ]
  const until = bridge.now() + forMs
  while (bridge.now() < until) {
    for (let count = upTo(8); count > 0; count -= 1) {
      deeds[upTo(deeds.length)]?.()
      bridge.pass(random() < 0.7 ? upTo(30) : upTo(600))
    }
    ask(bridge)
  }
}

function ask(bridge: WiredBridge): void {
  bridge.pass(answerMaxMs)
  const from = bridge.now()
  const sequence = bridge.say('Q')
  bridge.pass(answerMaxMs)
  const types = bridge.since(from).flatMap((line) => (line.type !== 'A' || line.sequence === sequence ? [line.type] : []))
  if (!['A', 'H', 'S'].every((type) => types.some((one) => one === type))) expect([from, types]).toEqual([from, expect.arrayContaining(['A', 'H', 'S'])])
  // What was said is not needed any more; an hour of it is a lot.
  bridge.heard.splice(0)
}
