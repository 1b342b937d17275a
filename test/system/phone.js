// An emulated phone as a process of its own. Reads one JSON array a line, `["ring", {"number": "…"}]`: a verb and what it takes; answers with one JSON line.
import { createInterface } from 'node:readline'
import { createYealinkPhone } from '../../dist/simulator/phones/index.js'

const phone = createYealinkPhone(JSON.parse(process.argv[2]))
await phone.start()
process.stdout.write(`${JSON.stringify({ url: phone.url() })}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...rest] = JSON.parse(line)
  const result = verb === 'commands' ? phone.commands : await phone[verb](...rest)
  process.stdout.write(`${JSON.stringify({ result: result ?? null })}\n`)
}
await phone.stop()
