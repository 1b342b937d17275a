import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { startAttended } from '../../src/gpio/attended.ts'
import { watchScript } from '../../src/gpio/gpiod-scripts.ts'

test('lines are told as they come, however they are cut, and the end once with what it said last', async () => {
  const shell = attended(['sh', '-c', 'printf "ris"; sleep 0.1; printf "ing\\nfal"; sleep 0.1; printf "ling\\n"; echo "it is broken" >&2; exit 1'])
  await expect.poll(() => shell.ended).toEqual(['it is broken'])
  expect(shell.lines).toEqual(['rising', 'falling'])
  expect(shell.program.alive()).toBe(false)
  await shell.program.end()
})

test('one that says nothing at its end is told of by its status', async () => {
  const shell = attended(['sh', '-c', 'exit 7'])
  await expect.poll(() => shell.ended).toEqual(['it ended with 7'])
})

test('told to end, it is gone before the promise is kept', async () => {
  const shell = attended(['sh', '-c', 'echo $$; exec sleep 600'])
  await expect.poll(() => shell.lines.length).toBe(1)
  await shell.program.end()
  expect(shell.program.alive()).toBe(false)
  expect(shell.ended).toHaveLength(1)
  expect(() => process.kill(Number(shell.lines[0]), 0)).toThrow('ESRCH')
})

test('a line without end takes no memory without end', async () => {
  const shell = attended(['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\000" x; echo; echo rising'])
  await expect.poll(() => shell.lines.at(-1)).toBe('rising')
  expect(Math.max(...shell.lines.map(({ length }) => length))).toBeLessThan(100_000)
})

test('a program that cannot be started is an end, not an exception', async () => {
  const shell = attended(['no-such-program-of-ours'])
  await expect.poll(() => shell.ended.join()).toContain('not found')
})

test('where the machine has no descriptor left it is an end, too: the process goes on', () => {
  const program = `
    import { closeSync, openSync } from 'node:fs'
    import { startAttended } from ${JSON.stringify(new URL('../../dist/gpio/attended.js', import.meta.url).href)}
    const taken = []
    try { for (;;) taken.push(openSync('/dev/null')) } catch {}
    const shell = startAttended('read x', [], { line() {}, ended(said) { taken.forEach(closeSync); console.log(said, shell.alive()) } })
    shell.tell('1')
    await shell.end()
  `
  const words = ['-c', 'ulimit -n 40; exec "$0" --input-type=module -e "$1"', process.execPath, program]
  expect(execFileSync('sh', words, { encoding: 'utf8' })).toContain('EMFILE false')
})

function attended(words: readonly string[]) {
  const [lines, ended]: [string[], string[]] = [[], []]
  const listener = { line: (text: string) => void lines.push(text), ended: (said: string) => void ended.push(said) }
  return { lines, ended, program: startAttended(watchScript, words, listener) }
}
