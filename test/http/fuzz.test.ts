import { describe, expect, test } from 'vitest'
import { readRequestHead } from '../../src/http/request-head.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { listen } from './fixture.ts'
import { bytes, exchange } from './raw-client.ts'

const seeds = [1, 2, 3, 4]
const mutationsPerSeed = 500

const good = bytes('GET /yealink/TOKEN/hold?m=001565aabbcc&c=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
const originals = [
  good,
  bytes(
    'GET /yealink/TOKEN/incoming_call?m=$mac&c=33093&r=sip:+48857221122@pbx;user=phone&n=Za\xbf\xf3\xb3\xe6 %zz HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\n\r\n',
  ),
  bytes('POST /grandstream/TOKEN/incomingCall HTTP/1.1\r\nContent-Length: 12\r\n\r\nm=1&r=$remoteGET / HTTP/1.0\r\n\r\n'),
  bytes('GET http://[::1]:8787/yealink//x/y?&&=&a==b HTTP/1.0\nTransfer-Encoding: chunked\nContent-Length: 3\n\nabc'),
]

describe('requests that nobody meant', () => {
  test.each(seeds)('seed %i: the listener lives through every mutation and answers the next good request', async (seed) => {
    const random = createRandom(seed)
    const listener = await listen({ limits: { requestMs: 40, idleMs: 40, lingerMs: 20, rate: { burst: 1e6, perSecond: 1e6, addressesMax: 4 } } })
    for (let done = 0; done < mutationsPerSeed; done += 25) {
      const mutants = Array.from({ length: 25 }, () => mutate(originals[Math.floor(random() * originals.length)] ?? good, random))
      await Promise.all(mutants.map((mutant) => exchange(listener.port, { pieces: cut(mutant, random), end: random() < 0.5 })))
      expect((await exchange(listener.port, { pieces: [good] })).answers.map(({ status }) => status)).toEqual([200])
    }
    expect(listener.counters.failed).toBe(0)
  })

  test('what has been read does not depend on how the bytes were cut, and never needs more than there is', () => {
    const random = createRandom(99)
    for (let round = 0; round < 3000; round += 1) {
      const mutant = mutate(originals[round % originals.length] ?? good, random)
      const reading = readRequestHead(mutant, 8192, true)
      if (reading.kind !== 'request') continue
      expect(reading.headBytes).toBeLessThanOrEqual(mutant.length)
      const shorter = readRequestHead(mutant.subarray(0, Math.floor(random() * reading.headBytes)), 8192, false)
      expect(shorter.kind === 'request' && shorter.headBytes >= reading.headBytes).toBe(false)
    }
  })
})

/** One to four wounds: a byte changed, bytes lost, doubled, moved or put in. */
function mutate(original: Buffer, random: () => number): Buffer {
  let mutant = Buffer.from(original)
  for (let wounds = 1 + Math.floor(random() * 4); wounds > 0; wounds -= 1) {
    const at = Math.floor(random() * (mutant.length + 1))
    const length = Math.floor(random() * 12)
    const [before, middle, after] = [mutant.subarray(0, at), mutant.subarray(at, at + length), mutant.subarray(at + length)]
    const noise = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
    const choices = [
      [before, after],
      [before, middle, middle, after],
      [after, before, middle],
      [before, noise, after],
      [before, bytes(tokens[length] ?? ''), after],
    ]
    mutant = Buffer.concat(choices[Math.floor(random() * choices.length)] ?? [before])
  }
  return mutant
}

const tokens = ['\r\n\r\n', '\n\n', ' HTTP/1.1\r\n', '%', '?', '&', 'Content-Length: 99999999999\r\n', 'Connection: keep-alive\r\n', '\0', 'GET ', '//', '\r']

function cut(mutant: Buffer, random: () => number): Buffer[] {
  const at = Math.floor(random() * mutant.length)
  return random() < 0.5 ? [mutant] : [mutant.subarray(0, at), mutant.subarray(at)]
}
