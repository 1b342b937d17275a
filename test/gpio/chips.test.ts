import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Chip, detectedChips, locate, sysfsChips } from '../../src/gpio/chips.ts'
import { sysfsTree } from './sysfs-tree.ts'

const expander = { name: 'gpiochip566', label: 'raspberrypi-exp-gpio', base: 566, lines: 8 }
const header = { name: 'gpiochip512', label: 'pinctrl-bcm2711', base: 512, lines: 58 }

describe('sysfs', () => {
  test('shows its chips by label, whatever their base', () => {
    expect(sysfsChips(sysfsTree([expander, header]))).toEqual([header, expander])
    expect(sysfsChips(sysfsTree([{ ...header, name: 'gpiochip0', base: 0 }]))?.map(({ base }) => base)).toEqual([0])
  })

  test('is not there on a kernel without it', () => {
    expect(sysfsChips(join(tmpdir(), 'no-such-directory'))).toBeUndefined()
  })

  test('holds other things than chips, and chips that are just going', () => {
    const root = sysfsTree([header])
    mkdirSync(join(root, 'gpio529'))
    mkdirSync(join(root, 'chip0'))
    writeFileSync(join(root, 'export'), '')
    mkdirSync(join(root, 'gpiochip600'))
    mkdirSync(join(root, 'gpiochip601'))
    for (const [file, text] of [
      ['base', 'x'],
      ['ngpio', '8'],
      ['label', 'y'],
    ] as const)
      writeFileSync(join(root, 'gpiochip601', file), text)
    expect(sysfsChips(root)).toEqual([header])
  })

  test('may be empty', () => {
    expect(sysfsChips(mkdtempSync(join(tmpdir(), 'third-ring-gpio-')))).toEqual([])
  })
})

test('gpiodetect names the same chip once, also where it has a second name', () => {
  const printed = 'gpiochip0 [pinctrl-rp1] (54 lines)\ngpiochip10 [gpio-brcmstb@107d508500] (1 line)\ngpiochip0 [pinctrl-rp1] (54 lines)\nnoise\n'
  expect(detectedChips(printed)).toEqual([
    { name: 'gpiochip0', label: 'pinctrl-rp1', lines: 54, base: 0 },
    { name: 'gpiochip10', label: 'gpio-brcmstb@107d508500', lines: 1, base: 0 },
  ])
  expect(detectedChips('')).toEqual([])
})

describe('a line', () => {
  test.each(['pinctrl-rp1', 'pinctrl-bcm2711', 'pinctrl-bcm2835'])('is found on the header of a Raspberry Pi labelled %s', (label) => {
    const chips = [expander, { ...header, label }]
    expect(locate({ line: 17 }, chips)).toEqual({ chip: { ...header, label }, line: 17 })
  })

  test('is found on a chip by a label of one’s own', () => {
    expect(locate({ line: 7, chip: 'raspberrypi-exp-gpio' }, [header, expander])).toEqual({ chip: expander, line: 7 })
  })

  const faults: readonly (readonly [what: string, address: { line: number; chip?: string }, chips: readonly Chip[], sentence: RegExp])[] = [
    ['there is no chip', { line: 17 }, [], /No GPIO chip of this machine is labelled pinctrl-rp1 or .* it has none: name the right one by its label/],
    ['no chip is the header', { line: 17 }, [expander], /it has raspberrypi-exp-gpio \(8 lines\)/],
    ['two chips could be it', { line: 17 }, [header, { ...header, label: 'pinctrl-rp1' }], /More than one GPIO chip/],
    [
      'two chips have the label',
      { line: 1, chip: 'x' },
      [
        { ...header, label: 'x' },
        { ...expander, label: 'x' },
      ],
      /put the right label into chip/,
    ],
    ['the label is of no chip', { line: 17, chip: 'pinctrl-rp1' }, [header], /labelled pinctrl-rp1; it has pinctrl-bcm2711 \(58 lines\)/],
    ['the chip ends before it', { line: 58 }, [header], /GPIO58 is not on pinctrl-bcm2711, which has the lines 0 to 57/],
    ['it is negative', { line: -1 }, [header], /GPIO-1 is not on pinctrl-bcm2711/],
  ]
  test.each(faults)('is an error with what is there and what to do when %s', (_, address, chips, sentence) => {
    expect(() => locate(address, chips)).toThrow(expect.objectContaining({ code: 'DRIVER_UNAVAILABLE', message: expect.stringMatching(sentence) }))
  })

  test('is always on the header’s chip and within it, or an error', () => {
    const labels = fc.constantFrom('pinctrl-rp1', 'pinctrl-bcm2835', 'other', 'raspberrypi-exp-gpio')
    const chip = fc.record({ name: fc.constantFrom('gpiochip0', 'gpiochip512'), label: labels, lines: fc.integer({ min: 0, max: 64 }), base: fc.nat(1024) })
    fc.assert(
      fc.property(fc.array(chip, { maxLength: 4 }), fc.integer({ min: -2, max: 66 }), fc.option(labels, { nil: undefined }), (chips, line, label) => {
        const wanted = label === undefined ? ['pinctrl-rp1', 'pinctrl-bcm2711', 'pinctrl-bcm2835'] : [label]
        const right = chips.filter((each) => wanted.includes(each.label))
        const [only] = right
        const possible = right.length === 1 && only !== undefined && line >= 0 && line < only.lines
        const find = (): unknown => locate({ line, ...(label === undefined ? {} : { chip: label }) }, chips)
        if (possible) expect(find()).toEqual({ chip: only, line })
        else expect(find).toThrow(/GPIO/)
      }),
    )
  })
})
