/** Data, end of the file; and the two that only say at which address a loader shall jump in. */
const recordTypes = { data: 0, end: 1, startSegment: 3, startLinear: 5 } as const

/**
 * The program in an Intel HEX file, as the words of a flash memory of `bytes` bytes. Throws a `RangeError` with the line's number for a line that is
 * none, a wrong check, an address outside the memory, and a file that was cut off.
 */
export function flashOf(hex: string, bytes: number): Uint16Array {
  const flash = new Uint16Array(bytes / 2)
  const memory = new Uint8Array(flash.buffer)
  for (const [index, line] of hex.split(/\r?\n/).entries()) {
    if (line === '') continue
    const where = `line ${index + 1} of the HEX file`
    if (!/^:([0-9A-F]{2}){5,}$/i.test(line)) throw new RangeError(`${where} is not a record`)
    const record = Buffer.from(line.slice(1), 'hex')
    const [length = 0, high = 0, low = 0, type = 0] = record
    if (record.length !== length + 5) throw new RangeError(`${where} has not the length it tells`)
    if (record.reduce((sum, byte) => (sum + byte) & 0xff, 0) !== 0) throw new RangeError(`${where} has a wrong check`)
    if (type === recordTypes.end) return flash
    if (type === recordTypes.startSegment || type === recordTypes.startLinear) continue
    if (type !== recordTypes.data) throw new RangeError(`${where} is a record of type ${type}, which no program of this size has`)
    const address = high * 256 + low
    if (address + length > bytes) throw new RangeError(`${where} is outside the memory of ${bytes} bytes`)
    memory.set(record.subarray(4, 4 + length), address)
  }
  throw new RangeError('the HEX file has no end: it was cut off')
}
