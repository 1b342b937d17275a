import type { Server } from 'node:http'

const policy: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/**
 * What every answer of ours to a browser says, errors too: nothing is kept, nothing is guessed, no other page may frame it, embed it, read it or learn of
 * it, and it may use nothing of the machine (Fetch, HTML and Permissions Policy standards; OWASP HTTP headers cheat sheet).
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': policy,
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), serial=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** An answer in the plain, for requests that Node's parser could not read and for upgrades that are not taken. The connection is to be closed after it. */
export function plainAnswer(status: keyof typeof reasons): string {
  const headers = { ...securityHeaders, connection: 'close', 'content-length': '0' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${reasons[status]}\r\n${lines.join('')}\r\n`
}

const reasons = { 400: 'Bad Request', 403: 'Forbidden', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' } as const

/** What Node's parser cannot read is answered with every header as well. */
export function answerFaults(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(plainAnswer(statusOfFault(error.code)))
    else socket.destroy()
  })
}

function statusOfFault(code: string | undefined): 400 | 408 | 431 {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
}
