import { sipLimits } from './limits.ts'

export interface StreamReader {
  /** Takes what came. False if the stream cannot be read any further: it no longer says where its messages end. */
  push(chunk: Uint8Array): boolean
  /** Whether a message has begun that is not complete. */
  isWaiting(): boolean
}

const headEnd = Buffer.from('\r\n\r\n')

/**
 * Finds the messages in a stream by their Content-Length (RFC 3261 §18.3). Holds at most one message; looks at each byte of a head once however the stream
 * is cut. Empty lines before a message are skipped; two of them are a ping (RFC 5626 §4.4.1).
 */
export function createStreamReader(onMessage: (bytes: Uint8Array) => void, onPing: () => void): StreamReader {
  const held = Buffer.alloc(sipLimits.packetBytesMax)
  let used = 0
  /** Up to here there is no end of a head. */
  let searched = 0
  /** The length of the message whose head is complete. */
  let wanted: number | undefined

  function drop(count: number): void {
    held.copyWithin(0, count, used)
    used -= count
    searched = 0
    wanted = undefined
  }

  function skipLineEnds(): void {
    let end = 0
    while (end + 2 <= used && held[end] === 13 && held[end + 1] === 10) end += 2
    if (end >= headEnd.length) onPing()
    if (end > 0) drop(end)
  }

  /** Whether there may be another message in what is held; `undefined` if nobody can say where this one ends. */
  function takeOne(): boolean | undefined {
    if (wanted === undefined) {
      if (held[0] === 13) skipLineEnds()
      const end = held.subarray(0, used).indexOf(headEnd, Math.max(0, searched - headEnd.length + 1))
      searched = used
      if (end < 0) return used > sipLimits.headBytesMax ? undefined : false
      const length = lengthIn(held.subarray(0, end + 2))
      if (length === undefined || end + headEnd.length + length > held.length) return undefined
      wanted = end + headEnd.length + length
    }
    if (used < wanted) return false
    const message = Buffer.from(held.subarray(0, wanted))
    drop(wanted)
    onMessage(message)
    return used > 0
  }

  return {
    push(chunk) {
      let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      while (rest.length > 0) {
        const count = rest.copy(held, used)
        if (count === 0) return false
        used += count
        rest = rest.subarray(count)
        let more: boolean | undefined = true
        while (more === true) more = takeOne()
        if (more === undefined) return false
      }
      return true
    },
    isWaiting: () => used > 0,
  }
}

/** The one Content-Length of a head; `undefined` if there is none, a second one, or no number in it. */
function lengthIn(head: Buffer): number | undefined {
  const said = [...head.toString('latin1').matchAll(/\r\n(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*)(?=\r\n)/gi)].map(([, value = '']) => value.trim())
  const [length = ''] = said
  return said.length === 1 && /^\d{1,6}$/.test(length) ? Number(length) : undefined
}
