import { type AVRIOPort, AVRTimer, type CPU, portBConfig, timer1Config, timer2Config } from 'avr8js'

/** How bright each light of the lamp is, from 0, dark, to 1, all that it could give. */
export interface LampLevels {
  readonly left: number
  readonly middle: number
  readonly right: number
}

const clearOnMatch = 0b10
const countsMax = 255

interface Output {
  readonly bit: number
  readonly control: number
  readonly shift: number
  readonly compare: number
}

/** PB1, PB2 and PB3 with their timers' channels (the board's D9, D10, D11). */
const outputs = {
  left: { bit: 1 << 1, control: timer1Config.TCCRA, shift: 6, compare: timer1Config.OCRA },
  middle: { bit: 1 << 2, control: timer1Config.TCCRA, shift: 4, compare: timer1Config.OCRB },
  right: { bit: 1 << 3, control: timer2Config.TCCRA, shift: 6, compare: timer2Config.OCRA },
} as const satisfies Record<keyof LampLevels, Output>

/** What the registers of phase-correct PWM mean, without a step of the emulator for each count: cheap, and all that an eye could see. */
export function levelsOf(cpu: CPU): LampLevels {
  const register = (at: number): number => cpu.data[at] ?? 0
  const level = ({ bit, control, shift, compare }: Output): number => {
    if ((register(portBConfig.DDR) & bit) === 0) return 0
    const mode = (register(control) >> shift) & 0b11
    if (mode === clearOnMatch) return register(compare) / countsMax
    return (register(portBConfig.PORT) & bit) === 0 ? 0 : 1
  }
  return { left: level(outputs.left), middle: level(outputs.middle), right: level(outputs.right) }
}

/** Both timers step by step, and the levels as they can be measured at the pins: over the last whole wave (510 counts of 64 cycles). */
export function measureLevels(cpu: CPU, port: AVRIOPort): () => LampLevels {
  const waveCycles = 510 * 64
  new AVRTimer(cpu, timer1Config)
  new AVRTimer(cpu, timer2Config)
  let edges: { at: number; value: number }[] = [{ at: cpu.cycles, value: 0 }]
  port.addListener((value) => {
    const from = cpu.cycles - waveCycles
    const past = edges.findLastIndex(({ at }) => at <= from)
    edges = [...edges.slice(Math.max(past, 0)), { at: cpu.cycles, value }]
  })
  const high = (bit: number): number => {
    const from = cpu.cycles - waveCycles
    return edges.reduce((sum, { at, value }, index) => {
      const until = edges[index + 1]?.at ?? cpu.cycles
      return (value & bit) === 0 ? sum : sum + Math.max(0, until - Math.max(at, from))
    }, 0)
  }
  return () => ({ left: high(outputs.left.bit) / waveCycles, middle: high(outputs.middle.bit) / waveCycles, right: high(outputs.right.bit) / waveCycles })
}
