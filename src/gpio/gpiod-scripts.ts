import type { Syntax } from './gpiod-tools.ts'

/**
 * Two scripts for `sh` as POSIX has it (Debian's is dash). No word from outside gets into their text: what differs from line to line comes as arguments.
 */

/** Runs the program that its arguments name, until it ends or the pipe on standard input closes. */
export const watchScript = `
exec 3<&0 0</dev/null
"$@" 3<&- & tool=$!
( read -r _ <&3; kill "$tool" 2>/dev/null ) & watcher=$!
wait "$tool"; code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`

const setWords = {
  v1: { hold: '--mode=signal "$chip"', dark: '--mode=exit "$chip"' },
  v2: { hold: '--consumer=third-ring --chip="$chip"', dark: '--consumer=third-ring --toggle=0 --chip="$chip"' },
} as const

/**
 * Holds the output named by its two arguments, chip and line. Each line on standard input is a level, 0 or 1: the process that holds the line is ended and
 * waited for, then one with the new level is started, so that there are never two. It answers `held LEVEL` when that one is started, and `ended CODE`
 * whenever one has ended. Tell it the next level only after its answer to the last.
 *
 * When the pipe closes, however we ended, the line is set low before it is let go: a lamp goes dark also on chips whose outputs stay as they were left.
 * TERM, which systemd sends to all processes of a unit at once, is left to the pipe.
 *
 * No signal may be lost on the way, or the line would stay as it is and its holder for ever. A TERM that finds a new process between its beginning and its
 * program is forgotten by the shell: so gpioset is ended by KILL, which nobody can miss (the kernel takes the line back either way), and a holder whose pipe
 * closes before it listens is told until it has ended.
 */
export function holdScript(syntax: Syntax): string {
  const { hold, dark } = setWords[syntax]
  return `
exec 3<&0 0</dev/null
chip=$1 line=$2 holder=
hold() {
  tool= asked=
  trap 'asked=1; [ -z "$tool" ] || kill -KILL "$tool" 2>/dev/null' TERM
  gpioset ${hold} "$line=$level" 3<&- & tool=$!
  [ -z "$asked" ] || kill -KILL "$tool" 2>/dev/null
  echo "held $level"
  wait "$tool"; code=$?
  [ -z "$asked" ] || wait "$tool" 2>/dev/null
  echo "ended $code"
}
release() {
  [ -n "$holder" ] || return 0
  kill "$holder" 2>/dev/null
  wait "$holder" 2>/dev/null
  holder=
}
trap '' TERM
while read -r level <&3; do
  release
  hold 3<&- &
  holder=$!
done
while [ -n "$holder" ] && kill "$holder" 2>/dev/null; do sleep 0.05; done
gpioset ${dark} "$line=0"
`
}
