import type { IncomingMessage } from 'node:http'

/**
 * Whether a request that changes something comes from our own page or from no page at all. A foreign page can send neither our header
 * (it would need our consent, which no answer of ours gives) nor an `Origin` of ours.
 */
export function fromOurPage(request: IncomingMessage): boolean {
  return request.headers['x-third-ring'] === '1' && originAllowed(request)
}

/** Whether the browser says that the request comes from our own page; a program that is no browser says nothing. */
export function originAllowed(request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`
}
