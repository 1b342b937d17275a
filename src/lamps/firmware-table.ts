import { bridgePatterns } from '../bridge/patterns.ts'
import type { LampPattern } from '../desk/effect.ts'
import { type LampRhythm, type LampTable, lampTable, steadyTable } from './patterns.ts'

/** The microcontroller is told the wall clock modulo this (`firmware-bridge/protocol.md`): every period must divide it, or rhythms would jump. */
export const phaseModuloMs = 60_000

/** Its outputs take a level from 0, dark, to this, all that the light could give. */
const levelMax = 255

/** So many times can a light be lit within one period. */
const spansMax = 2

/** The patterns as the microcontroller's program has them (`firmware-bridge/lamp-table.h`), made from the one table that all lamps share. */
export function firmwareLampTable(): string {
  return `/* Made from src/lamps/patterns.ts by \`npm run docs\`: do not edit. Included by lamp.c alone. */
#ifndef LAMP_TABLE_H
#define LAMP_TABLE_H

#define LAMP_PATTERNS ${bridgePatterns.length}
#define LAMP_DARK ${bridgePatterns.indexOf('dark')}

/* [flashing, steady][pattern][left, middle, right] = {period, {from, from}, {to, to}, level} */
static const rhythm_t lamp_table[2][LAMP_PATTERNS][LIGHTS] IN_FLASH = {
${[lampTable, steadyTable].map(tableText).join('\n')}
};

#endif
`
}

function tableText(table: LampTable): string {
  return `    {\n${bridgePatterns.map((pattern) => rowText(table, pattern)).join('\n')}\n    },`
}

function rowText(table: LampTable, pattern: LampPattern): string {
  const { left, middle, right } = table[pattern]
  return `        /* ${bridgePatterns.indexOf(pattern)} ${pattern} */\n        {${[left, middle, right].map(lightText).join(', ')}},`
}

function lightText(rhythm: LampRhythm | null): string {
  if (rhythm === null) return '{0, {0, 0}, {0, 0}, 0}'
  const { periodMs, on } = rhythm
  const level = Math.round(rhythm.level * levelMax)
  if (on.some(([fromMs, toMs]) => fromMs === 0 && toMs === periodMs)) return `{0, {0, 0}, {0, 0}, ${level}}`
  if (phaseModuloMs % periodMs !== 0) throw new RangeError(`a lamp's period of ${periodMs} ms does not divide ${phaseModuloMs} ms`)
  if (on.length > spansMax) throw new RangeError(`a lamp's rhythm is lit ${on.length} times in a period; the microcontroller knows ${spansMax}`)
  const [[from1, to1] = [0, 0], [from2, to2] = [0, 0]] = on
  return `{${periodMs}, {${from1}, ${from2}}, {${to1}, ${to2}}, ${level}}`
}
