import { once } from 'node:events'
import { connect } from 'node:net'

/** An event of baresip's `ctrl_tcp`, as far as it is needed. */
export interface ControlEvent {
  readonly type: string
  readonly id?: string
  readonly direction?: 'incoming' | 'outgoing'
  readonly peeruri?: string
  readonly param?: string
}

export interface Control {
  onEvent(handler: (event: ControlEvent) => void): void
  /** Rejects where baresip says that it could not, or says nothing. */
  command(name: string, parameter?: string): Promise<string>
  end(): void
}

interface Message extends ControlEvent {
  readonly event?: boolean
  readonly token?: string
  readonly ok?: boolean
  readonly data?: string
}

const answerWithinMs = 10_000

/** JSON in netstrings (`12:…,`) over TCP. Undefined while nobody listens there. */
export async function connectControl(host: string, port: number): Promise<Control | undefined> {
  const socket = connect(port, host)
  const handlers: ((event: ControlEvent) => void)[] = []
  const waiting = new Map<string, (message: Message) => void>()
  let bytes = Buffer.alloc(0)
  let asked = 0
  socket.on('data', (data) => {
    bytes = Buffer.concat([bytes, data])
    for (;;) {
      const message = cut()
      if (message === undefined) return
      if (message.event === true) for (const handle of handlers) handle(message)
      else waiting.get(message.token ?? '')?.(message)
    }
  })
  const connected = await once(socket, 'connect').catch(() => undefined)
  if (connected === undefined) return undefined
  socket.on('error', () => {})
  return {
    onEvent: (handler) => void handlers.push(handler),
    async command(name, parameter) {
      asked += 1
      const token = String(asked)
      const text = JSON.stringify({ command: name, params: parameter, token })
      const answer = await new Promise<Message>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`baresip does not answer “${name}”`)), answerWithinMs)
        waiting.set(token, (message) => {
          clearTimeout(late)
          resolve(message)
        })
        socket.write(`${Buffer.byteLength(text)}:${text},`)
      })
      waiting.delete(token)
      if (answer.ok !== true) throw new Error(`baresip will not do “${name}”: ${answer.data}`)
      return answer.data ?? ''
    },
    end: () => void socket.destroy(),
  }

  function cut(): Message | undefined {
    const colon = bytes.indexOf(':')
    if (colon < 0) return undefined
    const start = colon + 1
    const end = start + Number(bytes.subarray(0, colon).toString())
    if (bytes.length <= end) return undefined
    const message = JSON.parse(bytes.subarray(start, end).toString()) as Message
    bytes = bytes.subarray(end + 1)
    return message
  }
}
