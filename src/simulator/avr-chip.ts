import {
  AVRClock,
  AVRIOPort,
  AVRTimer,
  AVRUSART,
  AVRWatchdog,
  avrInstruction,
  CPU,
  clockConfig,
  portBConfig,
  portCConfig,
  portDConfig,
  timer0Config,
  usart0Config,
  watchdogConfig,
} from 'avr8js'
import { type LampLevels, levelsOf, measureLevels } from './avr-lights.ts'
import { attachTickTimer } from './avr-timer.ts'

export const cyclesPerSecond = 16_000_000
/** Flash of an ATmega328P. */
export const flashBytes = 32_768

const sramBytes = 2048
/** With start and stop. */
const bitsPerByte = 10
const sleepControl = 0x53
const statusRegister = 0x5f
const interruptsEnabled = 0b1000_0000
const sleepEnabled = 0b1
const receiverEnabled = 0b1_0000
/** Called some 700,000 times a second: a name of our own spares the look-up through the package's exports each time. */
const runInstruction = avrInstruction
const opcodes = { sleep: 0x9588, enableInterrupts: 0x9478, jumpToItself: 0xcfff } as const
/** A place in the flash that no program of ours reaches. */
const hangAt = flashBytes / 2 - 2

/** The pins that are inputs, by their number in port D. */
const inputs = { ring: 2, hook: 3, seat: 4 } as const
export type InputPin = keyof typeof inputs
export const inputPins: readonly InputPin[] = ['ring', 'hook', 'seat']

export interface ChipOptions {
  readonly flash: Uint16Array
  /** Cycles that have gone by before this start. */
  readonly cycles: number
  /** MCUSR at the start. */
  readonly cause: number
  /** All timers step by step: exact to the cycle, and slow. */
  readonly exactTimers: boolean
  readonly onByte: (byte: number) => void
  /** The program has gone to sleep: everything it wanted to set is set. */
  readonly onSleep: () => void
}

/** One life of the microcontroller, from a start to the next. */
export interface Chip {
  cycles(): number
  /** Runs to that cycle, or to the instruction after; less far after a `limit`, and no further than a reset. */
  run(until: number): void
  /** While it runs: no further than to that cycle. */
  limit(until: number): void
  /** Its watchdog has ended it. */
  ended(): boolean
  /** `low` is what a contact, or an optocoupler that conducts, makes of it. */
  pull(pin: InputPin, low: boolean): void
  /** A byte has come over the serial line. */
  receive(byte: number): void
  lights(): LampLevels
  /** The program runs in a circle for ever, with its interrupts alive or not. */
  hang(interrupts: boolean): void
  /** That output of the lamp (a bit of port B) reads low whatever is driven: a short to ground. */
  short(bit: number): void
  /** Puts a byte into its memory. */
  poke(address: number, byte: number): void
}

export function createChip({ flash, cycles, cause, exactTimers, onByte, onSleep }: ChipOptions): Chip {
  const cpu = new CPU(flash, sramBytes)
  cpu.cycles = cycles
  cpu.data[watchdogConfig.MCUSR] = cause
  const lamp = new AVRIOPort(cpu, portBConfig)
  new AVRIOPort(cpu, portCConfig)
  const line = new AVRIOPort(cpu, portDConfig)
  if (exactTimers) new AVRTimer(cpu, timer0Config)
  else attachTickTimer(cpu)
  const measured = exactTimers ? measureLevels(cpu, lamp) : undefined
  const usart = createUsart(cpu, onByte)
  new AVRWatchdog(cpu, watchdogConfig, new AVRClock(cpu, cyclesPerSecond, clockConfig))

  let ended = false
  cpu.reset = () => {
    ended = true
  }
  let asleep = false
  let bound = 0

  function tick(): void {
    const { pc } = cpu
    cpu.tick()
    // Nothing but an interrupt moves the program counter here, and nothing but an interrupt wakes.
    if (cpu.pc !== pc) asleep = false
  }

  function step(): void {
    const opcode = flash[cpu.pc]
    runInstruction(cpu)
    if (opcode === opcodes.sleep && ((cpu.data[sleepControl] ?? 0) & sleepEnabled) !== 0) {
      asleep = true
      onSleep()
    }
    // The instruction after SEI runs before any interrupt: so the emulated chip can also not be caught between SEI and SLEEP.
    if (opcode !== opcodes.enableInterrupts) tick()
  }

  /** The emulator runs through SLEEP: here the clock is put on to the next thing that happens. */
  function doze(): void {
    tick()
    if (!asleep || ended) return
    cpu.cycles = Math.max(cpu.cycles, Math.min(nextEventOf(cpu), bound))
  }

  return {
    cycles: () => cpu.cycles,
    run(until) {
      bound = until
      while (cpu.cycles < bound && !ended) {
        if (asleep) doze()
        else step()
      }
    },
    limit(until) {
      bound = Math.min(bound, until)
    },
    ended: () => ended,
    pull: (pin, low) => line.setPin(inputs[pin], !low),
    receive: (byte) => void usart.writeByte(byte, true),
    lights: () => (measured === undefined ? levelsOf(cpu) : measured()),
    hang(interrupts) {
      flash[hangAt] = opcodes.jumpToItself
      // It may just be within an interrupt, where they are off anyway.
      const others = (cpu.data[statusRegister] ?? 0) & ~interruptsEnabled
      cpu.data[statusRegister] = interrupts ? others | interruptsEnabled : others
      cpu.pc = hangAt
      asleep = false
    },
    short(bit) {
      cpu.readHooks[portBConfig.PIN] = () => (cpu.data[portBConfig.PIN] ?? 0) & ~bit
    },
    poke(address, byte) {
      cpu.data[address] = byte
    },
  }
}

/** The emulator keeps its list of events to itself; the version of it is pinned. */
function nextEventOf(cpu: CPU): number {
  const { nextClockEvent } = cpu as unknown as { readonly nextClockEvent: { readonly cycles: number } | null }
  return nextClockEvent?.cycles ?? Number.POSITIVE_INFINITY
}

function createUsart(cpu: CPU, onByte: (byte: number) => void): AVRUSART {
  const usart = new AVRUSART(cpu, usart0Config, cyclesPerSecond)
  // A byte is there when its last bit is.
  usart.onByteTransmit = (byte) => void cpu.addClockEvent(() => onByte(byte), (bitsPerByte * cyclesPerSecond) / usart.baudRate)
  const { UCSRB } = usart0Config
  const write = cpu.writeHooks[UCSRB]
  if (write === undefined) throw new Error('the emulated UART has no control register B')
  // The emulator forgets a received byte whenever this register is written while the receiver is on, which no chip does: told that the receiver was off
  // before, it does not.
  cpu.writeHooks[UCSRB] = (value, before, address, mask) => write(value, before & ~receiverEnabled, address, mask)
  return usart
}
