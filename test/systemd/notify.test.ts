import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createNotifier } from '../../src/systemd/notify.ts'

/** Stands in for systemd-notify, a program of systemd's: notes its words, a line a run, and ends as it is told to. */
function notifyProgram(last = ''): { program: string; told: () => string[]; socket: string } {
  const folder = mkdtempSync(join(tmpdir(), 'third-ring-notify-'))
  const [program, notes] = [join(folder, 'systemd-notify'), join(folder, 'notes')]
  const line = "[process.env.NOTIFY_SOCKET, ...process.argv.slice(2)].join('|') + '\\n'"
  writeFileSync(program, `#!${process.execPath}\nrequire('node:fs').appendFileSync(${JSON.stringify(notes)}, ${line})\n${last}\n`)
  chmodSync(program, 0o755)
  return { program, told: () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []), socket: '/run/systemd/notify' }
}

describe('what systemd is told', () => {
  test('nothing where nobody listens', () => {
    expect(createNotifier({}, { failed: () => {} })).toBeUndefined()
    expect(createNotifier({ NOTIFY_SOCKET: '' }, { failed: () => {} })).toBeUndefined()
  })

  test('is what was said, in order, to the socket of the unit', async () => {
    const { program, told, socket } = notifyProgram()
    const notifier = createNotifier({ NOTIFY_SOCKET: socket }, { failed: expect.unreachable, program })
    notifier?.send({ READY: '1', STATUS: 'Desk usc-12: the phone answers.' })
    await notifier?.settled()
    notifier?.send({ WATCHDOG: '1' })
    await notifier?.settled()
    expect(told()).toEqual([`${socket}|READY=1|STATUS=Desk usc-12: the phone answers.`, `${socket}|WATCHDOG=1`])
  })

  test('waits as one message, with the newest words, while another one is on its way', async () => {
    const { program, told, socket } = notifyProgram()
    const notifier = createNotifier({ NOTIFY_SOCKET: socket }, { failed: expect.unreachable, program })
    notifier?.send({ READY: '1' })
    for (const STATUS of ['one', 'two', 'three']) notifier?.send({ WATCHDOG: '1', STATUS })
    notifier?.send({ STOPPING: '1' })
    await notifier?.settled()
    expect(told()).toEqual([`${socket}|READY=1`, `${socket}|WATCHDOG=1|STATUS=three|STOPPING=1`])
  })

  test('is one line of bounded length, whatever it was made of', async () => {
    const { program, told, socket } = notifyProgram()
    const notifier = createNotifier({ NOTIFY_SOCKET: socket }, { failed: expect.unreachable, program })
    notifier?.send({ STATUS: `a\nREADY=1\u0000${'x'.repeat(1000)}` })
    await notifier?.settled()
    expect(told()).toEqual([`${socket}|STATUS=a READY=1 ${'x'.repeat(190)}`])
  })

  test('is told again with the next message if it could not be told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'third-ring-notify-'))
    const once = `const fs = require('node:fs'); if (!fs.existsSync('${folder}/once')) { fs.writeFileSync('${folder}/once', ''); process.exit(1) }`
    const { program, told, socket } = notifyProgram(once)
    const notifier = createNotifier({ NOTIFY_SOCKET: socket }, { failed: () => {}, program })
    for (const notice of [{ READY: '1', STATUS: 'one' }, { WATCHDOG: '1', STATUS: 'two' }, { WATCHDOG: '1' }] as const) {
      notifier?.send(notice)
      await notifier?.settled()
    }
    expect(told()).toEqual([`${socket}|READY=1|STATUS=one`, `${socket}|READY=1|STATUS=two|WATCHDOG=1`, `${socket}|WATCHDOG=1`])
  })

  test.each([
    ['is not there', '/nowhere/systemd-notify', /ENOENT/],
    ['cannot even be started', 'systemd-notify\0', /null bytes/],
    ['fails', notifyProgram('process.exit(1)').program, /status 1/],
  ])('is given up where the program %s: said once, and nothing throws', async (_, program, reason) => {
    const faults: string[] = []
    const notifier = createNotifier({ NOTIFY_SOCKET: '/run/x' }, { failed: (fault) => faults.push(fault), program })
    for (let round = 0; round < 3; round += 1) {
      notifier?.send({ WATCHDOG: '1' })
      await notifier?.settled()
    }
    expect(faults).toEqual([expect.stringMatching(reason)])
  })
})
