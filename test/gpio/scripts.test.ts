import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { holdScript, watchScript } from '../../src/gpio/gpiod-scripts.ts'

/*
 * What the shell makes of the two scripts. The tools themselves, on a kernel with lines, are tried in test/system/gpio; here a line is a file, and a
 * second holder of it fails as the kernel would make it fail.
 */

test('the watched program ends when the pipe closes', async () => {
  const watched = start(watchScript, ['sh', '-c', 'echo up; exec sleep 600'])
  await expect.poll(watched.lines).toEqual(['up'])
  watched.child.stdin.end()
  expect(await watched.ended).not.toBe(0)
})

test('its status is the program’s own', async () => {
  expect(await start(watchScript, ['sh', '-c', 'exit 3']).ended).toBe(3)
})

test('its words are passed on as they are', async () => {
  const watched = start(watchScript, ['printf', '%s|', 'a b', '$HOME', '"', "'"])
  await watched.ended
  expect(watched.lines().join()).toBe(`a b|$HOME|"|'|`)
})

test.each(['v1', 'v2'] as const)('an output is held by one process at a time, and set low when the pipe closes (%s)', async (syntax) => {
  const line = lineAt()
  const keeper = start(holdScript(syntax), ['gpiochip0', '17'], line.path)
  for (const level of ['0', '1', '0', '1']) {
    const before = keeper.lines().length
    keeper.child.stdin.write(`${level}\n`)
    await expect.poll(() => keeper.lines().slice(before)).toContain(`held ${level}`)
    await expect.poll(line.level).toBe(level)
  }
  expect(line.clashes()).toBe(0)
  keeper.child.stdin.end()
  expect(await keeper.ended).toBe(0)
  expect(line.level()).toBe('0')
  expect(line.isHeld()).toBe(false)
  expect(line.calls().at(-1)).toBe(syntax === 'v1' ? '--mode=exit gpiochip0 17=0' : '--consumer=third-ring --toggle=0 --chip=gpiochip0 17=0')
  expect(line.calls()[1]).toBe(syntax === 'v1' ? '--mode=signal gpiochip0 17=1' : '--consumer=third-ring --chip=gpiochip0 17=1')
})

test('a holder that ends by itself is told of', async () => {
  const line = lineAt()
  const keeper = start(holdScript('v1'), ['gpiochip0', '17'], line.path)
  keeper.child.stdin.write('1\n')
  await expect.poll(line.level).toBe('1')
  process.kill(line.holder(), 'SIGKILL')
  await expect.poll(() => keeper.lines()).toEqual(['held 1', 'ended 137'])
  keeper.child.stdin.end()
  await keeper.ended
})

test('TERM to the keeper, which systemd sends to all at once, leaves it to the pipe', async () => {
  const line = lineAt()
  const keeper = start(holdScript('v2'), ['gpiochip0', '17'], line.path)
  keeper.child.stdin.write('1\n')
  await expect.poll(line.level).toBe('1')
  keeper.child.kill('SIGTERM')
  process.kill(line.holder(), 'SIGTERM')
  await expect.poll(() => keeper.lines().length).toBe(2)
  expect(keeper.child.exitCode).toBeNull()
  keeper.child.stdin.end()
  expect(await keeper.ended).toBe(0)
  expect(line.level()).toBe('0')
})

test('a pipe that closes while a holder is only beginning leaves the line low and free, and nobody behind', async () => {
  const line = lineAt()
  for (let time = 0; time < 10; time += 1) {
    const keeper = start(holdScript('v2'), ['gpiochip0', '17'], line.path)
    keeper.child.stdin.end('1\n')
    expect(await keeper.ended).toBe(0)
    expect([line.level(), line.isHeld()]).toEqual(['0', false])
  }
}, 20_000)

test.each(['SIGKILL', 'SIGTERM'] as const)('the process that holds the pipe may die by %s: the line is low and free', async (signal) => {
  const line = lineAt()
  const code = `const child = require('node:child_process').spawn('sh', ['-c', process.argv[1], 'third-ring', 'gpiochip0', '17'], { detached: true })
    child.stdin.write('1\\n'); setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['-e', code, holdScript('v1')], { stdio: 'ignore', env: { ...process.env, PATH: line.path } })
  await expect.poll(line.level).toBe('1')
  owner.kill(signal)
  await expect.poll(line.level).toBe('0')
  await expect.poll(line.isHeld).toBe(false)
})

function start(script: string, words: readonly string[], path = process.env['PATH']) {
  const child = spawn('sh', ['-c', script, 'third-ring', ...words], { detached: true, env: { ...process.env, PATH: path } })
  let printed = ''
  child.stdout.on('data', (data: Buffer) => {
    printed += data.toString()
  })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  return { child, ended, lines: () => printed.split('\n').filter((text) => text !== '') }
}

/** In place of a line of the kernel: who has the lock on a file has it, and loses it with its last breath, as with the kernel. */
function lineAt() {
  const directory = mkdtempSync(join(tmpdir(), 'third-ring-line-'))
  const at = (name: string): string => join(directory, name)
  const read = (name: string): string => (existsSync(at(name)) ? readFileSync(at(name), 'utf8').trim() : '')
  const tool = `#!/bin/sh
cd '${directory}' || exit 1
echo "$*" >> calls
exec 9>>lock
flock -n 9 || { echo clash >> clashes; echo "gpioset: Device or resource busy" >&2; exit 1; }
echo $$ > holder
for word do last=$word; done
echo "\${last#*=}" > level
case "$*" in *--mode=exit*|*--toggle=0*) exit 0;; esac
exec sleep 600
`
  writeFileSync(at('gpioset'), tool)
  chmodSync(at('gpioset'), 0o755)
  return {
    directory,
    path: `${directory}${delimiter}${process.env['PATH']}`,
    level: () => read('level'),
    holder: () => Number(read('holder')),
    isHeld: () => spawnSync('flock', ['-n', at('lock'), 'true']).status !== 0,
    calls: () => read('calls').split('\n'),
    clashes: () => read('clashes').split('\n').filter(Boolean).length,
  }
}
