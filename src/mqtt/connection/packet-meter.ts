/**
 * Measures MQTT packets as their bytes go by, before anything is kept of them: a parser would collect a packet of 256 MB first and ask questions
 * afterwards. A packet is a type byte, a length of one to four bytes (seven bits each), and so many bytes
 * (MQTT 3.1.1 §2.2).
 *
 * Returns a function that takes the next chunk of one connection and says whether every packet begun so far keeps within `bytesMax`, which is asked for each:
 * who has come in may send more than a stranger.
 */
export function createPacketMeter(bytesMax: () => number): (chunk: Uint8Array) => boolean {
  let bodyLeft = 0
  let inLength = false
  let length = 0
  let factor = 1
  return (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (bodyLeft > 0) {
        const taken = Math.min(bodyLeft, chunk.length - at)
        bodyLeft -= taken
        at += taken
        continue
      }
      const byte = chunk[at++] as number
      if (!inLength) {
        inLength = true
        length = 0
        factor = 1
        continue
      }
      length += (byte & 0x7f) * factor
      factor *= 0x80
      if (length > bytesMax()) return false
      if ((byte & 0x80) !== 0 && factor < 0x80 ** 4) continue
      inLength = false
      bodyLeft = length
    }
    return true
  }
}
