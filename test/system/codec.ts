import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Frame } from '../../src/bridge/frame.ts'
import { makeFirmware } from './simavr.ts'

/** The C side's reading and writing of lines (`firmware-bridge/host/codec.c`). */
export interface Codec {
  encode(frame: Frame): Promise<string>
  /** Good lines among these bytes, and how many bad ones; half a line is forgotten before. */
  decode(bytes: Uint8Array): Promise<{ readonly frames: readonly Frame[]; readonly bad: number }>
  end(): Promise<void>
}

export function startCodec(): Codec {
  const program: ChildProcess = spawn(join(makeFirmware('host-tests'), 'codec'), { stdio: ['pipe', 'pipe', 'inherit'] })
  const { stdin, stdout } = program
  if (stdin === null || stdout === null) throw new Error('the codec has no pipes')
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<string> => {
    const { value, done } = await answers.next()
    if (done === true) throw new Error('the codec has ended')
    return value
  }
  return {
    async encode({ type, fields }) {
      stdin.write(`E ${[type, ...fields].join(' ')}\n`)
      return Buffer.from(await answer(), 'hex').toString('latin1')
    },
    async decode(bytes) {
      stdin.write(`R\nD ${Buffer.from(bytes).toString('hex')}\n`)
      await answer()
      const frames: Frame[] = []
      let bad = 0
      for (let line = await answer(); line !== '.'; line = await answer()) {
        const [kind, type = '', ...fields] = line.split(' ')
        if (kind === 'F') frames.push({ type, fields: fields.map(Number) })
        else bad += 1
      }
      return { frames, bad }
    },
    async end() {
      stdin.end()
      if (program.exitCode === null) await once(program, 'exit')
    },
  }
}
