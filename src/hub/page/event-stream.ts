import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { createCrowd } from '../../http/crowd.ts'
import { hubLimits } from '../limits.ts'
import type { HubLog } from '../log.ts'

/** Server-sent events to every browser that watches. */
export interface EventStream {
  /** Tells all of them, and keeps it for those that were just away. */
  send(event: string, data: unknown): void
  /** Tells those who watch just now; it is of the moment, and not kept. */
  pass(event: string, data: unknown): void
  /**
   * Turns a response into a stream: what was missed since `lastEventId` if all of it is still kept, else a snapshot, then what comes.
   * False when there are too many already, of all or from this address; nothing has been written then.
   */
  attach(response: ServerResponse, address: string, lastEventId: string | undefined): boolean
  viewers(): number
  /** Ends every stream. */
  close(): void
}

export interface EventStreamOptions {
  readonly snapshot: () => unknown
  /** Goes out with each ping, so that a browser can tell the office's time and a silent line from a quiet office. */
  readonly clock: () => unknown
  readonly log: HubLog
}

/** See `EventStream`. Ids are `run.number`: those of an earlier run of the hub mean nothing to this one. */
export function createEventStream(options: EventStreamOptions): EventStream {
  const run = randomUUID().slice(0, 8)
  const viewers = new Set<ServerResponse>()
  const crowd = createCrowd({ connectionsMax: hubLimits.viewersMax, connectionsPerAddressMax: hubLimits.viewersPerAddressMax, strangersMax: 0 })
  const kept = createKept()
  const write = (viewer: ServerResponse, text: string) => {
    viewer.write(text)
    if (viewer.writableLength <= hubLimits.viewerBytesMax) return
    options.log.warn({ unread: viewer.writableLength }, 'slow viewer dropped')
    viewer.destroy()
  }
  const ping = setInterval(() => {
    const text = `: ping\n\n${frame('clock', options.clock())}`
    for (const viewer of viewers) write(viewer, text)
  }, hubLimits.pingMs)
  const opening = (lastEventId: string | undefined): string => {
    const [lastRun, number] = lastEventId?.split('.') ?? []
    const missed = lastRun === run ? kept.since(Number(number)) : undefined
    return missed?.join('') ?? frame('snapshot', options.snapshot(), `${run}.${kept.last()}`)
  }
  return {
    send(event, data) {
      const text = frame(event, data, `${run}.${kept.last() + 1}`)
      kept.push(text)
      for (const viewer of viewers) write(viewer, text)
    },
    pass(event, data) {
      const text = frame(event, data)
      for (const viewer of viewers) write(viewer, text)
    },
    attach(response, address, lastEventId) {
      if (!crowd.enter(address, false)) return false
      viewers.add(response)
      response.once('close', () => {
        viewers.delete(response)
        crowd.leave(address, false)
      })
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no', connection: 'close' })
      write(response, `retry: ${hubLimits.browserRetryMs}\n\n${opening(lastEventId)}${frame('clock', options.clock())}`)
      return true
    },
    viewers: () => viewers.size,
    close() {
      clearInterval(ping)
      for (const viewer of viewers) viewer.end()
    },
  }
}

/** JSON has no line ends of its own, so one `data:` line is enough. */
function frame(event: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** The last frames, numbered from 1, within both bounds. */
function createKept() {
  const frames: string[] = []
  let bytes = 0
  let last = 0
  return {
    last: () => last,
    push(text: string): void {
      frames.push(text)
      bytes += text.length
      last += 1
      while (frames.length > hubLimits.replayFramesMax || bytes > hubLimits.replayBytesMax) bytes -= frames.shift()?.length ?? bytes
    },
    /** The frames after the given one; `undefined` if some of them are gone, or if that one never was. */
    since(number: number): string[] | undefined {
      const from = number - (last - frames.length)
      return Number.isInteger(number) && number <= last && from >= 0 ? frames.slice(from) : undefined
    },
  }
}
