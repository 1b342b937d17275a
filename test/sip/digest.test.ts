import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/simulator/random.ts'
import { type Challenge, onWire } from '../../src/sip/stack/codec.ts'
import { answerable, digestAnswer } from '../../src/sip/stack/digest.ts'
import { createSipStack } from '../../src/sip/stack/stack.ts'
import { type Heard, has, hear, respond, value } from './stand-in.ts'
import { createLink, createVirtualClock, optionsFor, outgoing } from './virtual.ts'

function challenge(params: Record<string, string>, scheme = 'Digest'): Challenge {
  return { scheme, params: new Map(Object.entries(params)) }
}

function responseTo(params: Record<string, string>, question: Partial<Parameters<typeof digestAnswer>[1]>): string | undefined {
  const [known] = answerable([challenge(params)])
  if (known === undefined) return undefined
  const asked = { user: 'Mufasa', password: '', method: 'GET', uri: '/dir/index.html', count: 1, clientNonce: '', ...question }
  return new Map(digestAnswer(known, asked)).get('response')
}

const rfc7616 = { realm: 'http-auth@example.org', nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v', qop: 'auth, auth-int' }
const asked7616 = { password: 'Circle of Life', clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' }

describe('the examples of the standards', () => {
  test('RFC 7616 §3.9.1, MD5 and SHA-256', () => {
    expect(responseTo({ ...rfc7616, algorithm: 'MD5' }, asked7616)).toBe('"8ca523f5e9506fed4657c9700eebdbec"')
    expect(responseTo({ ...rfc7616, algorithm: 'SHA-256' }, asked7616)).toBe('"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"')
  })

  test('RFC 2617 §3.5', () => {
    const params = { realm: 'testrealm@host.com', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093', qop: 'auth,auth-int' }
    expect(responseTo(params, { password: 'Circle Of Life', clientNonce: '0a4f113b' })).toBe('"6629fae49393a05397450978507c4ef1"')
  })

  test('RFC 2069 §2.4, without qop, as its errata correct it', () => {
    const params = { realm: 'testrealm@host.com', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093' }
    expect(responseTo(params, { password: 'CircleOfLife' })).toBe('"1949323746fe6a43ef61f9606e7febea"')
  })
})

describe('of several challenges', () => {
  const base = { realm: 'r', nonce: 'n' }
  const names = (...challenges: Challenge[]) => answerable(challenges).map(({ realm, algorithm, qop }) => `${realm} ${algorithm} ${qop}`)

  test('the strongest that we know is answered, in whatever order they come', () => {
    const [md5, sha, unknown] = ['MD5', 'SHA-256', 'SHA-9000'].map((algorithm) => challenge({ ...base, algorithm, qop: 'auth' }))
    if (md5 === undefined || sha === undefined || unknown === undefined) throw new Error('three challenges')
    expect(names(md5, unknown, sha)).toEqual(['r SHA-256 auth'])
    expect(names(sha, md5)).toEqual(['r SHA-256 auth'])
    expect(names(unknown, md5)).toEqual(['r MD5 auth'])
    expect(names(challenge({ ...base, algorithm: 'sha-256' }), challenge(base))).toEqual(['r SHA-256 none'])
  })

  test('what cannot be answered is not: another scheme, only auth-int, a session algorithm, no nonce', () => {
    const params = { ...base, qop: 'auth' }
    expect(names(challenge(params, 'Basic'))).toEqual([])
    expect(names(challenge({ ...base, qop: 'auth-int' }))).toEqual([])
    expect(names(challenge({ ...params, algorithm: 'MD5-sess' }))).toEqual([])
    expect(names(challenge({ realm: 'r' }))).toEqual([])
    expect(names(challenge({ realm: 'a', nonce: 'n' }), challenge({ realm: 'b', nonce: 'n' }))).toEqual(['a MD5 none', 'b MD5 none'])
  })
})

/** A server with a password file of its own making: it judges what it is sent by its own sums. */
function createGuardian({ realm = 'pbx', algorithms = ['MD5'], proxy = false, qop = 'auth', uses = 1000, password = 'pw101' } = {}) {
  let nonce = 0
  let used = 0
  const seen = new Set<string>()
  const verdicts: string[] = []
  const [askHeader, answerHeader, status] = proxy
    ? (['Proxy-Authenticate', 'proxy-authorization', 407] as const)
    : (['WWW-Authenticate', 'authorization', 401] as const)
  function judge(heard: Heard): string {
    if (!has(heard, answerHeader)) return 'none'
    const said = value(heard, answerHeader)
    const fields = new Map(
      [...said.matchAll(/([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))/gi)].map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? '']),
    )
    const field = (name: string): string => fields.get(name) ?? ''
    const hash = (text: string) =>
      createHash(field('algorithm') === 'SHA-256' ? 'sha256' : 'md5')
        .update(text, 'latin1')
        .digest('hex')
    const [secret, wanted] = [hash(`101:${realm}:${password}`), hash(`${heard.method}:${heard.uri}`)]
    const right = qop === '' ? `${secret}:${field('nonce')}:${wanted}` : `${secret}:${field('nonce')}:${field('nc')}:${field('cnonce')}:auth:${wanted}`
    if (field('response') !== hash(right) || field('realm') !== realm) return 'wrong'
    if (field('nonce') !== `n${nonce}` || used >= uses) return 'stale'
    used += 1
    if (seen.has(field('nc') + field('nonce')) && qop !== '') return 'replayed'
    seen.add(field('nc') + field('nonce'))
    return `right ${field('algorithm')}${qop === '' ? '' : ` nc=${Number.parseInt(field('nc'), 16)}`}`.trim()
  }
  return {
    verdicts,
    expire() {
      used = uses
    },
    answer(text: string): string {
      const heard = hear(text)
      const verdict = judge(heard)
      verdicts.push(verdict)
      if (verdict.startsWith('right')) return respond(heard, 200, 'OK')
      nonce += 1
      used = 0
      const stale = verdict === 'stale' ? ', stale=true' : ''
      const offered = qop === '' ? '' : `, qop="${qop}"`
      const headers = algorithms.map((name) => `${askHeader}: Digest realm="${realm}", nonce="n${nonce}", algorithm=${name}${offered}${stale}`)
      return respond(heard, status, 'Who are you', { headers })
    },
  }
}

async function withGuardian(guardian: { answer(text: string): string }, password: string | null = 'pw101') {
  const clock = createVirtualClock()
  const link = createLink(clock)
  const { options, logged } = optionsFor(clock, createRandom(3), { password: () => password ?? undefined })
  const stack = createSipStack(options, link.udp)
  link.onReceive((text) => text.startsWith('ACK') || link.send(guardian.answer(text)))
  await stack.start()
  const ask = async (cseq = 1, method = 'SUBSCRIBE') => {
    const request = { ...outgoing, method, cseq }
    const outcome = method === 'INVITE' ? stack.invite(request).outcome : stack.request(request)
    await clock.pass(100)
    return outcome
  }
  return { ask, link, clock, stack, logged }
}

describe('a request that is challenged', () => {
  test.each([
    ['by a server with MD5', {}, 'right MD5 nc=1'],
    ['by a proxy', { proxy: true }, 'right MD5 nc=1'],
    ['with SHA-256 and MD5', { algorithms: ['SHA-256', 'MD5'] }, 'right SHA-256 nc=1'],
    ['in the old form without qop', { qop: '' }, 'right MD5'],
    ['in a realm with quotes and letters of Polish', { realm: onWire('a \\"b\\" zażółć') }, 'right MD5 nc=1'],
  ])('%s is sent once more, with the answer and the next CSeq', async (_name, given, verdict) => {
    const guardian = createGuardian(given)
    const { ask, link, logged } = await withGuardian(guardian)
    expect(await ask()).toMatchObject({ kind: 'response', response: { status: 200 }, cseq: 2 })
    expect(guardian.verdicts).toEqual(['none', verdict])
    const branches = link.fromUs.map(({ text }) => /branch=[^;]+/.exec(text)?.[0])
    expect(new Set(branches).size).toBe(2)
    expect(`${logged.join()}${link.fromUs.map(({ text }) => text).join()}`).not.toContain('pw101')
  })

  test('that is an INVITE acknowledges the challenge and calls again', async () => {
    const guardian = createGuardian()
    const { ask, link } = await withGuardian(guardian)
    expect(await ask(5, 'INVITE')).toMatchObject({ kind: 'response', response: { status: 200 }, cseq: 6 })
    expect(link.fromUs.map(({ text }) => /CSeq: .*(?=\r)/.exec(text)?.[0])).toEqual(['CSeq: 5 INVITE', 'CSeq: 5 ACK', 'CSeq: 6 INVITE', 'CSeq: 6 ACK'])
    // The ACK of the 2xx says who we are in the words of its INVITE (RFC 3261 §22.1).
    const [, , invite, ack] = link.fromUs.map(({ text }) => /\r\nAuthorization: .*/.exec(text)?.[0])
    expect(ack).toBe(invite)
  })

  test('the nonce is used again for what comes after, its uses counted, until it is called stale: then once more', async () => {
    const guardian = createGuardian()
    const { ask } = await withGuardian(guardian)
    expect(await ask(1)).toMatchObject({ cseq: 2 })
    expect(await ask(3)).toMatchObject({ cseq: 3 })
    expect(await ask(4)).toMatchObject({ cseq: 4 })
    guardian.expire()
    expect(await ask(5)).toMatchObject({ response: { status: 200 }, cseq: 6 })
    expect(guardian.verdicts).toEqual(['none', 'right MD5 nc=1', 'right MD5 nc=2', 'right MD5 nc=3', 'stale', 'right MD5 nc=1'])
  })

  test('a wrong password is tried once in each request, and not again', async () => {
    const guardian = createGuardian({ password: 'another' })
    const { ask, stack } = await withGuardian(guardian)
    expect(await ask()).toMatchObject({ kind: 'response', response: { status: 401 }, cseq: 2 })
    expect(guardian.verdicts).toEqual(['none', 'wrong'])
    expect(await ask(3)).toMatchObject({ response: { status: 401 }, cseq: 4 })
    expect(guardian.verdicts).toEqual(['none', 'wrong', 'none', 'wrong'])
    expect(stack.health()).toMatchObject({ timedOut: 0 })
  })

  test('a server that finds every nonce stale is asked three times in all', async () => {
    const guardian = createGuardian({ uses: 0 })
    const { ask } = await withGuardian(guardian)
    expect(await ask()).toMatchObject({ response: { status: 401 }, cseq: 3 })
    expect(guardian.verdicts).toEqual(['none', 'stale', 'stale'])
  })

  test('a proxy and then the server behind it are both answered', async () => {
    const [proxy, server] = [createGuardian({ proxy: true, realm: 'edge' }), createGuardian({ realm: 'core', algorithms: ['SHA-256'] })]
    const { ask } = await withGuardian({
      answer(text) {
        const first = proxy.answer(text)
        return first.includes('200 OK') ? server.answer(text) : first
      },
    })
    expect(await ask()).toMatchObject({ response: { status: 200 }, cseq: 3 })
    expect(proxy.verdicts).toEqual(['none', 'right MD5 nc=1', 'right MD5 nc=2'])
    expect(server.verdicts).toEqual(['none', 'right SHA-256 nc=1'])
  })

  test('without a password the challenge is the outcome', async () => {
    const guardian = createGuardian()
    const { ask } = await withGuardian(guardian, null)
    expect(await ask()).toMatchObject({ kind: 'response', response: { status: 401 }, cseq: 1 })
    expect(guardian.verdicts).toEqual(['none'])
  })
})
