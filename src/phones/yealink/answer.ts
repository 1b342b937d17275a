import type { Answer } from '../http-client.ts'

export type Meaning = 'done' | 'unknown-key' | 'unclear' | 'refused' | 'unreachable' | 'withdrawn'

/** 200 says that the phone has read the command, not that it has obeyed (reference/yealink.md §2.2). */
export function meaning(answer: Answer): Meaning {
  if (answer.kind !== 'answered') return answer.kind
  const { status } = answer
  if (status >= 200 && status < 300) return 'done'
  return (status >= 400 && status < 500) || status === 501 ? 'unknown-key' : 'unclear'
}

/** A server's error may come after the deed; a redirect comes instead of it. */
export function mayHaveWorked(answer: Answer): boolean {
  if (answer.kind === 'unreachable') return answer.sent
  return answer.kind === 'answered' && (meaning(answer) === 'done' || answer.status >= 500) && answer.status !== 501
}
