import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, onTestFinished } from 'vitest'

/** One message as mosquitto's own client prints it (mosquitto_sub(1), format `%j`). */
export interface Read {
  readonly topic: string
  readonly qos: number
  readonly retain: boolean
  readonly payload: string
  /** Of MQTT 5. What a broker has kept for a while has less left. */
  readonly expirySeconds: number | undefined
  readonly contentType: string | undefined
}

/** What of its JSON is used here. */
interface Printed {
  readonly topic: string
  readonly qos: 0 | 1
  readonly retain: 0 | 1
  readonly payload: string | null
  readonly properties?: { readonly 'message-expiry-interval'?: number; readonly 'content-type'?: string }
}

/** Debian's `mosquitto_sub`: a client that nobody of ours has written. */
export interface MosquittoSub {
  readonly read: readonly Read[]
}

/** Subscribes, and comes back when the broker has taken the subscription. */
export async function startMosquittoSub(port: number, filters: readonly string[], version: 'mqttv5' | 'mqttv311' = 'mqttv5'): Promise<MosquittoSub> {
  const topics = filters.flatMap((filter) => ['-t', filter])
  const parameters = ['-h', '127.0.0.1', '-p', `${port}`, '-V', version, '-q', '1', '-F', '%j', '-d', ...topics]
  // Into a pipe it would keep its lines until it has a few thousand characters of them.
  const child: ChildProcess = spawn('/usr/bin/stdbuf', ['-oL', '/usr/bin/mosquitto_sub', ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const read: Read[] = []
  let subscribed = false
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    if (/^Subscribed/.test(line)) subscribed = true
    if (!line.startsWith('{')) return
    const { topic, qos, retain, payload, properties } = JSON.parse(line) as Printed
    const ofMqtt5 = { expirySeconds: properties?.['message-expiry-interval'], contentType: properties?.['content-type'] }
    read.push({ topic, qos, retain: retain === 1, payload: payload ?? '', ...ofMqtt5 })
  })
  await expect.poll(() => subscribed).toBe(true)
  return { read }
}
