import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { tellServiceManager } from '../../src/systemd/service.ts'

/** Shorter than one message may take, and longer than the end waits. */
const tooLongMs = 12_000

test(
  'the end does not wait for a systemd that takes nothing',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'third-ring-service-'))
    writeFileSync(join(folder, 'systemd-notify'), '#!/bin/sh\nexec sleep 30\n')
    chmodSync(join(folder, 'systemd-notify'), 0o755)
    const warnings: string[] = []
    const environment = { NOTIFY_SOCKET: '/run/systemd/notify', PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin` }
    const supervised = { progress: () => ({ taken: 0, waiting: 0, overdueMs: 0 }), tick() {}, status: () => 'Desk usc-12: the phone answers.' }
    await tellServiceManager(environment, supervised, (sentence) => void warnings.push(sentence)).stopping('told to')
    expect(warnings).toEqual([])
  },
  tooLongMs,
)
