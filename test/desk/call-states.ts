import { type Cell, callStates, callWords, transitions } from '../../src/desk/call.ts'
import { limits } from '../../src/desk/policy.ts'

const seconds = `${limits.reorderMs / 1000} s`

/** The page about the states of a call, made from the table that the core runs on. */
export function callStatesPage(): string {
  return `# The states of a call

<!-- Made from \`transitions\` in src/desk/call.ts. Do not edit: \`UPDATE=1 npx vitest run test/desk/call-states.test.ts\` writes it anew. -->

The words are CSTA's (ECMA-269). **\`alerting\` means that this desk rings**; a call that the clerk dials is \`initiated\` until the far end answers. What the
phone says is adopted even where it was not expected: the phone is right, and the surprise is counted and said as \`call.contradiction\`.

\`\`\`mermaid
stateDiagram-v2
  [*] --> alerting: delivered
  [*] --> initiated: originated
${diagramLines().join('\n')}
  cleared --> [*]: judged
\`\`\`

The picture shows what is expected. The whole table, every word in every state:

| the call is | ${callWords.join(' | ')} |
|---|${callWords.map(() => '---').join('|')}|
${callStates.map((state) => `| **${state}** | ${callWords.map((word) => cellText(transitions[state][word])).join(' | ')} |`).join('\n')}

- **state**: the call moves there.
- **state (!)**: it moves there, and the desk is surprised.
- **=**: the desk knew; nothing changes.
- **= / …**: within ${seconds} of the last change the word was overtaken on the network, and nothing changes; later it means what stands after the stroke.
- The stroke does not count for a call that goes on and that the phone names by its own id: however late, a beginning or an answer is then told twice. It
  counts for phones that give no ids, for a reading of the lines, and for what is carried over a restart of the agent until the phone names it again.
- **anew**: the end of the old call was lost; it is over, and this is another call, begun as from \`absent\`.
- **–**: nothing to do.

A call that is over stays for ${limits.settleMs / 1000} s after its reason is known, and a call that rang in vain for ${limits.unresolvedMs / 1000} s if none is given: a later word may still explain it.
A call of which nothing more is heard is given up: ringing or dialling after ${limits.alertingMaxMs / 60_000} minutes, talking or held after ${limits.talkingMaxMs / 3_600_000} hours.
`
}

function diagramLines(): string[] {
  return callStates.flatMap((state) =>
    callWords.flatMap((word) => {
      const cell = transitions[state][word]
      return state !== 'absent' && 'to' in cell && cell.odd !== true ? [`  ${state} --> ${cell.to}: ${word}`] : []
    }),
  )
}

function cellText(cell: Cell): string {
  if ('to' in cell) return cell.odd === true ? `${cell.to} (!)` : cell.to
  if ('repeated' in cell) return '='
  if (cell.otherwise === 'nothing') return '–'
  return cell.otherwise === 'anew' ? '= / anew' : `= / ${cell.otherwise.to} (!)`
}
