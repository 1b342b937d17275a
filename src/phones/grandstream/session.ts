import { createHash } from 'node:crypto'
import type { Answer, Asked, HttpClient } from '../http-client.ts'
import { type CtiAnswer, parseAnswer, saysUnauthorized } from './line-status.ts'

/** The ways in that firmwares have (reference/grandstream.md §2.4): found out, never assumed. */
export type LoginVariant = 'passcode' | 'challenge' | 'plain'

export interface Session {
  /** Asks a CTI function, logging in where this firmware wants it. */
  ask(path: string, parameters: string, command: boolean): Promise<Answer>
  variant(): LoginVariant | undefined
}

export interface SessionOptions {
  readonly client: HttpClient
  readonly url: string
  readonly username: string
  readonly password: string
}

/**
 * A passcode in each request where the phone takes it; else a login, with the SHA-256 challenge where the phone gives a nonce, in clear where it
 * gives none. One wrong password is the last: these phones lock after five, and the lock hits the administrator too.
 */
export function createSession({ client, url, username, password }: SessionOptions): Session {
  let variant: LoginVariant | undefined
  let sid: string | undefined
  let cookies = ''
  const origin = new URL(url).origin
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

  async function ask(path: string, parameters: string, command: boolean): Promise<Answer> {
    const first = await request(path, parameters, command)
    if (!needsLogin(first)) {
      if (variant === undefined && first.kind === 'answered' && first.status === 200) variant = 'passcode'
      return first
    }
    sid = undefined
    const login = await logIn()
    if (login !== undefined) return login
    const second = await request(path, parameters, command)
    if (!needsLogin(second)) return second
    const reason = 'unauthorized although logged in: switch the remote control pop-up window off and put the agent on the allowed list'
    client.refuse(reason)
    return { kind: 'refused', status: 200, reason }
  }

  function request(path: string, parameters: string, command: boolean): Promise<Answer> {
    const passcode = variant === undefined || variant === 'passcode' ? `passcode=${encodeURIComponent(password)}` : `sid=${encodeURIComponent(sid ?? '')}`
    return client.ask({
      path: `/cgi-bin/${path}?${[passcode, parameters].filter(Boolean).join('&')}`,
      command,
      headers: headers(),
      inSession: sid !== undefined,
    })
  }

  function headers(): Record<string, string> {
    return { Origin: origin, Referer: `${origin}/`, ...(cookies === '' ? {} : { Cookie: cookies }) }
  }

  function post(path: string, body: string): Promise<Answer> {
    const asked: Asked = { method: 'POST', path: `/cgi-bin/${path}`, body, headers: { ...headers(), 'Content-Type': 'application/x-www-form-urlencoded' } }
    return client.ask(asked)
  }

  /** `undefined` when we are in, else the answer that says why not. */
  async function logIn(): Promise<Answer | undefined> {
    const access = await post('access', `access=${sha256(username)}`)
    if (access.kind !== 'answered') return access
    const nonce = access.status === 200 ? parseAnswer(access.body) : undefined
    const challenged = nonce?.response === 'success' && typeof nonce.body === 'string' && nonce.body !== '' && !saysUnauthorized(nonce)
    const secret = challenged ? sha256(`${password}${String(nonce.body)}`) : encodeURIComponent(password)
    const login = await post('dologin', `username=${encodeURIComponent(username)}&password=${secret}`)
    if (login.kind !== 'answered') return login
    const answer = parseAnswer(login.body)
    if (login.status !== 200 || answer?.response !== 'success') {
      const reason = `the phone turned the login down (${failureOf(answer)}); a wrong password stops here, before the phone locks`
      client.refuse(reason)
      return { kind: 'refused', status: login.status, reason }
    }
    variant = challenged ? 'challenge' : 'plain'
    sid = sidOf(answer)
    const given = (login.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';', 1)[0] ?? '')
    cookies = [...given, ...(sid === undefined ? [] : [`session-identity=${sid}`, `sid=${sid}`])].join('; ')
    return undefined
  }

  return { ask, variant: () => variant }
}

function needsLogin(answer: Answer): boolean {
  if (answer.kind !== 'answered') return false
  // Only a session's request is answered with a 401 here: it has run out.
  if (answer.status === 401) return true
  if (answer.status !== 200) return false
  const body = parseAnswer(answer.body)
  return body !== undefined && (saysUnauthorized(body) || JSON.stringify(body.body ?? '').includes('session-expired'))
}

function sidOf(answer: CtiAnswer): string | undefined {
  const { body } = answer
  return typeof body === 'object' && body !== null && 'sid' in body && typeof body.sid === 'string' ? body.sid : undefined
}

function failureOf(answer: CtiAnswer | undefined): string {
  return typeof answer?.body === 'string' ? answer.body.slice(0, 32) : (answer?.response ?? 'no readable answer')
}
