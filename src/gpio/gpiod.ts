import { startAttended } from './attended.ts'
import { againAfterMs, backToStayMs } from './back-off.ts'
import { type Located, locate } from './chips.ts'
import type { After, LineDriver, RawInput, RawListener } from './driver.ts'
import { holdScript, watchScript } from './gpiod-scripts.ts'
import { darkWords, getWords, isBanner, levelAfter, listChips, monitorWords, runTool, type Syntax, toolFault } from './gpiod-tools.ts'
import { nameOf } from './line-fault.ts'
import type { InputOptions, Output } from './port.ts'

/** gpiomon of version 1 does not say when it has the line: one that has not ended by then has it. */
const monitorSettleMs = 500
/** gpiomon of version 2 says so; a slow machine may need this long. */
const monitorWaitMs = 15_000

/** Debian's tools of the character device: `gpiomon` watches an input, `gpioset` holds an output. No native code, and nothing of it outlives us. */
export function createGpiodDriver(syntax: Syntax, after: After): LineDriver {
  return {
    name: 'gpiod',
    locate: async (address) => locate(address, await listChips()),
    openInput: (at, options, listener) => watch(syntax, at, options, listener, after),
    openOutput: (at, fault) => hold(syntax, at, fault, after),
  }
}

/**
 * The level is read first, then the line is watched: the two cannot be had at once. An edge in the few milliseconds between them is missed, and the level
 * is wrong until the next one; this can happen only at the start and after gpiomon was started again.
 */
async function watch(syntax: Syntax, at: Located, options: Pick<InputOptions, 'bias' | 'debounceMs'>, listener: RawListener, after: After): Promise<RawInput> {
  const now = await runTool('gpioget', getWords(syntax, at, options.bias))
  if (!now.ok) throw await toolFault(syntax, at, now.stderr)
  let level = now.stdout.trim() === '1'
  let state: 'starting' | 'open' | 'closed' = 'starting'
  let begun = (_said?: string): void => {}
  const beginning = new Promise<string | undefined>((resolve) => {
    begun = resolve
  })
  const monitor = startAttended(watchScript, ['gpiomon', ...monitorWords(syntax, at, options)], {
    line(printed) {
      if (isBanner(printed)) return begun()
      const next = levelAfter(syntax, printed)
      if (next === undefined) return
      level = next
      if (state === 'open') listener.level(level)
    },
    ended(said) {
      begun(said)
      if (state === 'open') listener.down(`gpiomon for ${nameOf(at)}: ${said}`)
    },
  })
  const cancel = after(syntax === 'v1' ? monitorSettleMs : monitorWaitMs, () => begun(syntax === 'v1' ? undefined : 'gpiomon does not begin'))
  const said = await beginning
  cancel()
  if (said !== undefined) {
    await monitor.end()
    throw await toolFault(syntax, at, said)
  }
  state = 'open'
  listener.level(level)
  return {
    read: () => (state === 'open' && monitor.alive() ? level : undefined),
    async close() {
      state = 'closed'
      await monitor.end()
    },
  }
}

/** The line is first set low by a call that ends at once: its error says why it cannot be had. */
async function hold(syntax: Syntax, at: Located, fault: (reason: string) => void, after: After): Promise<Output> {
  const first = await runTool('gpioset', darkWords(syntax, at))
  if (!first.ok) throw await toolFault(syntax, at, first.stderr)
  let wanted = false
  /** What the shell was told and has not answered yet, or what it holds; undefined if it holds nothing. */
  let told: boolean | undefined
  let answered = true
  let failures = 0
  let closed = false
  let forget = (): void => {}
  let keeper = startAttended(holdScript(syntax), [at.chip.name, String(at.line)], { line: hear, ended: keeperEnded })
  let firstHeld = (): void => {}
  const held = new Promise<void>((resolve) => {
    firstHeld = resolve
  })

  function tell(): void {
    if (closed || !answered || told === wanted || !keeper.alive()) return
    told = wanted
    answered = false
    keeper.tell(wanted ? '1' : '0')
  }

  function hear(text: string): void {
    if (text.startsWith('held ')) {
      answered = true
      forget()
      forget = after(backToStayMs, () => {
        failures = 0
      })
      firstHeld()
      tell()
    } else if (text.startsWith('ended ') && answered) letGo(keeper.said() || `gpioset has ${text}`)
  }

  /** Nobody asked for it: the chip has gone, or somebody ended it. Dark is the level of a line that nobody holds. */
  function letGo(reason: string): void {
    if (closed) return
    told = undefined
    fault(`${nameOf(at)} was let go: ${reason}`)
    forget()
    failures += 1
    forget = after(againAfterMs(failures), holdAgain)
  }

  function holdAgain(): void {
    if (!keeper.alive()) keeper = startAttended(holdScript(syntax), [at.chip.name, String(at.line)], { line: hear, ended: keeperEnded })
    answered = true
    tell()
  }

  function keeperEnded(said: string): void {
    firstHeld()
    letGo(said)
  }

  tell()
  await held
  return {
    set(on) {
      wanted = on
      // While it waits to be held again, the wish waits with it.
      if (told !== undefined) tell()
    },
    ok: () => told !== undefined && keeper.alive(),
    async close() {
      if (closed) return
      closed = true
      forget()
      const wasAlive = keeper.alive()
      await keeper.end()
      // A keeper that was killed could not set the line low.
      if (!wasAlive) await runTool('gpioset', darkWords(syntax, at))
    },
  }
}
