/** The file of an office of a thousand desks, each with two substitutes and, to be the worst that may be written, a name as long as a name can be. */
export const thousandDesks: string = fileOf(1000, 32)

/** A reception that is always there, and desks whose calls go to the desk before, then to the reception. */
export function fileOf(desks: number, nameLength: number): string {
  const name = (place: number): string => (place === 0 ? 'reception'.padEnd(nameLength, 'x') : `usc-${String(place).padStart(nameLength - 4, '0')}`)
  const lines = Array.from({ length: desks }, (_, place) => {
    const chain = place === 0 ? 'staffed: true' : `substitutes: [${[...new Set([name(place - 1), name(0)])].join(', ')}]`
    return `  ${name(place)}: { number: ${6000 + place}, ${chain} }`
  })
  return `desks:\n${lines.join('\n')}\n`
}

/** The last of them, and whom it has. */
export const lastDesk: string = `usc-${'999'.padStart(28, '0')}`
export const itsSubstitutes: readonly string[] = [`usc-${'998'.padStart(28, '0')}`, 'reception'.padEnd(32, 'x')]
