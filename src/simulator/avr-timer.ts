import { type CPU, timer0Config } from 'avr8js'

const { TCCRA, TCCRB, OCRA, TCNT, TIMSK, TIFR, compAInterrupt, OCFA, OCIEA, dividers } = timer0Config
const clearOnCompareMatch = 0b10

/**
 * Timer 0 as our program uses it: it counts to OCR0A and begins anew, with an interrupt. The timer that comes with the emulator takes a step for each
 * of the 250 counts of a millisecond; this one takes one for all of them, which is what makes a sleeping microcontroller cost next to nothing. Tests
 * run the same program with both.
 */
export function attachTickTimer(cpu: CPU): void {
  const match = {
    address: compAInterrupt,
    flagRegister: TIFR,
    flagMask: OCFA,
    enableRegister: TIMSK,
    enableMask: OCIEA,
  }
  /** The cycle at which it stood at 0. */
  let zeroAt = 0
  let divider = 0

  const period = (): number => ((cpu.data[OCRA] ?? 0) + 1) * divider

  function matched(): void {
    zeroAt += period()
    cpu.setInterruptFlag(match)
    cpu.addClockEvent(matched, zeroAt + period() - cpu.cycles)
  }

  cpu.writeHooks[TCCRB] = (value) => {
    if (((cpu.data[TCCRA] ?? 0) & 0b11) !== clearOnCompareMatch) throw new RangeError('this model of timer 0 knows its CTC mode only')
    cpu.clearClockEvent(matched)
    divider = dividers[(value & 0b111) as keyof typeof dividers]
    zeroAt = cpu.cycles
    if (divider > 0) cpu.addClockEvent(matched, period())
  }
  cpu.readHooks[TCNT] = () => (divider === 0 ? 0 : Math.floor((cpu.cycles - zeroAt) / divider) & 0xff)
  cpu.writeHooks[TIMSK] = (value) => cpu.updateInterruptEnable(match, value)
  cpu.writeHooks[TIFR] = (value) => {
    cpu.clearInterruptByFlag(match, value)
    return true
  }
}
