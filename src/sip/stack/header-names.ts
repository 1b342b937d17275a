/**
 * Headers that are read. Whatever else comes is left out before anybody looks at it: what is not read can do no harm. A header of the first kind comes
 * once at most; those of the second kind are lists.
 */
const single = [
  'from',
  'to',
  'call-id',
  'cseq',
  'max-forwards',
  'content-length',
  'content-type',
  'content-encoding',
  'content-disposition',
  'event',
  'subscription-state',
  'expires',
  'min-expires',
  'retry-after',
  'user-agent',
  'server',
  'date',
  'session-expires',
  'min-se',
  'refer-to',
  'priority',
] as const
const listed = [
  'via',
  'contact',
  'route',
  'record-route',
  'allow',
  'allow-events',
  'accept',
  'supported',
  'require',
  'unsupported',
  'warning',
  'reason',
  'diversion',
  'p-asserted-identity',
  'remote-party-id',
  'alert-info',
  'call-info',
] as const
/** Lists whose commas also stand between the parameters of one value (RFC 3261 §20.44): each line is one value here, and the codec's to take apart. */
const challenges = ['www-authenticate', 'proxy-authenticate'] as const

export type HeaderKind = 'single' | 'listed' | 'challenge'

const kinds: ReadonlyMap<string, HeaderKind> = new Map([
  ...single.map((name) => [name, 'single'] as const),
  ...listed.map((name) => [name, 'listed'] as const),
  ...challenges.map((name) => [name, 'challenge'] as const),
])

/** RFC 3261 §7.3.3, RFC 6665 §8.2, RFC 3515, RFC 4028. */
const compactForms: ReadonlyMap<string, string> = new Map([
  ['c', 'content-type'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
  ['x', 'session-expires'],
])

/** A header's name in full and in lower case. */
export function fullName(name: string): string {
  const lower = name.toLowerCase()
  return compactForms.get(lower) ?? lower
}

/** How a header is read, by its full name; `undefined` for one that is not. */
export function kindOf(name: string): HeaderKind | undefined {
  return kinds.get(name)
}

/** Names that are something else to JavaScript than a name. As a parameter or a header they are nothing but an attack. */
export const forbiddenNames = ['__proto__', 'constructor', 'prototype', 'hasownproperty', 'tostring', 'valueof'] as const
