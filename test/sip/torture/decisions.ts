import type { Refusal } from '../../../src/sip/stack/guard.ts'

/** What we do with one message of the torture set, and why. */
export interface Decision {
  /** The file in the package `sip`, and the section of RFC 4475; without one it is the package's own. */
  readonly name: string
  readonly section?: string
  /** Whether the RFC calls it valid, invalid, or valid and hard for whoever acts on it. */
  readonly says: 'valid' | 'invalid' | 'semantic'
  /** The status it is answered with, `stray` for a response to nothing that we asked, `keep-alive` for nothing, or why it is refused unanswered. */
  readonly we: number | 'stray' | 'keep-alive' | { readonly refuse: Refusal }
  readonly why: string
}

const refuse = (reason: Refusal): { readonly refuse: Refusal } => ({ refuse: reason })

export const decisions: readonly Decision[] = [
  {
    name: 'wsinv',
    section: '3.1.1.1',
    says: 'valid',
    we: refuse('via'),
    why: 'its topmost branch is of RFC 2543, without the magic cookie; we do not find transactions without it',
  },
  {
    name: 'intmeth',
    section: '3.1.1.2',
    says: 'valid',
    we: refuse('control-character'),
    why: 'NUL and BEL in a display name; no exchange sends them, and they do harm further on',
  },
  { name: 'esc01', section: '3.1.1.3', says: 'valid', we: 405, why: 'escapes in URIs are texts to us' },
  { name: 'escnull', section: '3.1.1.4', says: 'valid', we: 405, why: '%00 stays %00: nothing is unescaped' },
  { name: 'esc02', section: '3.1.1.5', says: 'valid', we: refuse('first-line'), why: 'a method of other letters than capitals is none that we could answer' },
  { name: 'lwsdisp', section: '3.1.1.6', says: 'valid', we: 200, why: 'no blank before <' },
  { name: 'longreq', section: '3.1.1.7', says: 'valid', we: refuse('too-many-vias'), why: 'more than ten hops: not in an office' },
  {
    name: 'dblreq',
    section: '3.1.1.8',
    says: 'valid',
    we: refuse('content-length'),
    why: 'a datagram is one message; what comes behind it is hidden, not extra',
  },
  { name: 'semiuri', section: '3.1.1.9', says: 'valid', we: 200, why: 'a semicolon in the user part' },
  { name: 'transports', section: '3.1.1.10', says: 'valid', we: 200, why: 'Vias of other transports are only repeated' },
  { name: 'mpart01', section: '3.1.1.11', says: 'valid', we: refuse('control-character'), why: 'a binary body; nothing that we read has one' },
  { name: 'unreason', section: '3.1.1.12', says: 'valid', we: 'stray', why: 'a reason in Cyrillic is a text' },
  { name: 'noreason', section: '3.1.1.13', says: 'valid', we: 'stray', why: 'the reason may be empty' },
  { name: 'badinv01', section: '3.1.2.1', says: 'invalid', we: refuse('via'), why: 'empty parameters and values' },
  { name: 'clerr', section: '3.1.2.2', says: 'invalid', we: refuse('content-length'), why: 'more is announced than came' },
  { name: 'ncl', section: '3.1.2.3', says: 'invalid', we: refuse('content-length'), why: 'a negative length' },
  { name: 'scalar02', section: '3.1.2.4', says: 'invalid', we: refuse('cseq'), why: 'a CSeq beyond 2³¹' },
  { name: 'scalarlg', section: '3.1.2.5', says: 'invalid', we: refuse('cseq'), why: 'the same in a response' },
  { name: 'quotbal', section: '3.1.2.6', says: 'invalid', we: refuse('from-to'), why: 'a quote that does not end' },
  { name: 'ltgtruri', section: '3.1.2.7', says: 'invalid', we: refuse('first-line'), why: 'angle brackets around the URI' },
  { name: 'lwsruri', section: '3.1.2.8', says: 'invalid', we: refuse('first-line'), why: 'blanks in the URI' },
  { name: 'lwsstart', section: '3.1.2.9', says: 'invalid', we: refuse('first-line'), why: 'two blanks where one belongs' },
  { name: 'trws', section: '3.1.2.10', says: 'invalid', we: refuse('first-line'), why: 'blanks behind the version' },
  { name: 'escruri', section: '3.1.2.11', says: 'invalid', we: 405, why: 'headers in the URI of a request: we act on no part of that URI' },
  { name: 'baddate', section: '3.1.2.12', says: 'invalid', we: 405, why: 'we act on no date' },
  { name: 'regbadct', section: '3.1.2.13', says: 'invalid', we: 405, why: 'a Contact that lacks its brackets; we register nobody' },
  { name: 'badaspec', section: '3.1.2.14', says: 'invalid', we: refuse('from-to'), why: 'a blank within the brackets is not a URI' },
  { name: 'baddn', section: '3.1.2.15', says: 'invalid', we: refuse('no-head-end'), why: 'the file lacks the empty line; with it, see the test' },
  { name: 'badvers', section: '3.1.2.16', says: 'invalid', we: refuse('first-line'), why: 'SIP/7.0' },
  { name: 'mismatch01', section: '3.1.2.17', says: 'invalid', we: refuse('cseq'), why: 'CSeq names another method' },
  { name: 'mismatch02', section: '3.1.2.18', says: 'invalid', we: refuse('cseq'), why: 'the same, with methods that nobody knows' },
  { name: 'bigcode', section: '3.1.2.19', says: 'invalid', we: refuse('first-line'), why: 'a status of ten digits' },
  { name: 'badbranch', section: '3.2.1', says: 'semantic', we: refuse('via'), why: 'the magic cookie and nothing behind it: not unique' },
  { name: 'insuf', section: '3.3.1', says: 'semantic', we: refuse('from-to'), why: 'neither From nor To nor Call-ID: there is nothing to answer with' },
  { name: 'unkscm', section: '3.3.2', says: 'semantic', we: refuse('first-line'), why: 'a URI that no telephone has' },
  { name: 'novelsc', section: '3.3.3', says: 'semantic', we: refuse('first-line'), why: 'the same' },
  { name: 'unksm2', section: '3.3.4', says: 'semantic', we: refuse('from-to'), why: 'the same, in From and To' },
  { name: 'bext01', section: '3.3.5', says: 'semantic', we: 420, why: 'it requires what we do not have' },
  { name: 'invut', section: '3.3.6', says: 'semantic', we: 405, why: 'the type of its body does not matter: we take no calls' },
  { name: 'regaut01', section: '3.3.7', says: 'semantic', we: 405, why: 'Authorization of whatever scheme is not read' },
  { name: 'multi01', section: '3.3.8', says: 'semantic', we: refuse('doubled-header'), why: 'two Call-IDs, two CSeqs: which one would the answer repeat?' },
  { name: 'mcl01', section: '3.3.9', says: 'semantic', we: refuse('doubled-header'), why: 'two lengths' },
  { name: 'bcast', section: '3.3.10', says: 'semantic', we: 'stray', why: 'a response to nothing; its Via is written to by nobody' },
  { name: 'zeromf', section: '3.3.11', says: 'semantic', we: 200, why: 'Max-Forwards 0 ends here, and here is where it belongs' },
  { name: 'cparam01', section: '3.3.12', says: 'semantic', we: 405, why: 'we register nobody' },
  { name: 'cparam02', section: '3.3.13', says: 'semantic', we: 405, why: 'the same' },
  { name: 'regescrt', section: '3.3.14', says: 'semantic', we: 405, why: 'the same' },
  { name: 'sdp01', section: '3.3.15', says: 'semantic', we: 405, why: 'we take no calls, whatever Accept says' },
  { name: 'inv2543', section: '3.4.1', says: 'semantic', we: refuse('via'), why: 'no branch: RFC 2543' },
  { name: 'badcseq', says: 'invalid', we: refuse('cseq'), why: 'CSeq is no number' },
  { name: 'baddn_sep', says: 'valid', we: 'keep-alive', why: 'nothing but an empty line' },
  { name: 'test', says: 'invalid', we: refuse('first-line'), why: 'no version, and a line that is no header' },
]
