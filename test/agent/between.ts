import { createServer, request } from 'node:http'
import { onTestFinished } from 'vitest'
import type { EmulatedPhone } from '../../src/simulator/phones/index.ts'

/** What may be kept back of one exchange: the request, so that the phone never hears it, or the answer, so that the agent never hears of it. */
export type KeptBack = 'request' | 'answer'

/** The wire between an agent and its phone, with somebody in the middle who can keep back what passes. */
export interface Between {
  readonly url: string
  /** From now on, of every request whose path has this in it; resolves with the first that is. */
  keepBack(part: string, what: KeptBack): Promise<void>
  /** Everything passes again; what was kept back stays so. */
  letPass(): void
}

export async function between(phone: EmulatedPhone): Promise<Between> {
  let rule: { readonly part: string; readonly what: KeptBack; readonly kept: () => void } | undefined
  const server = createServer((asked, answer) => {
    const applies = rule !== undefined && (asked.url ?? '').includes(rule.part) ? rule : undefined
    if (applies?.what === 'request') return applies.kept()
    const { host: _, ...headers } = asked.headers
    const onward = request(`${phone.url()}${asked.url}`, { method: asked.method, headers }, (answered) => {
      if (applies !== undefined) {
        answered.resume().once('end', applies.kept)
        return
      }
      answer.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(answer)
    })
    // A phone that breaks off does so for its agent as well.
    onward.on('error', () => asked.socket.destroy())
    asked.pipe(onward)
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${port}`,
    keepBack: (part, what) =>
      new Promise((kept) => {
        rule = { part, what, kept }
      }),
    letPass() {
      rule = undefined
    },
  }
}
