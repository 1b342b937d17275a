import { describe, expect, test } from 'vitest'
import type { Fact } from '../../src/desk/event.ts'
import { createActionUrls } from '../../src/phones/action-url.ts'
import type { RefusalReason } from '../../src/phones/refusals.ts'
import { yealinkFacts } from '../../src/phones/yealink/action-url.ts'

const [ours, other] = ['001565aabbcc', '001565ddeeff']
const [home, second, third] = ['10.20.30.40', '10.20.30.41', '10.20.30.42']

function door(mac?: string) {
  const facts: Fact[] = []
  const refused: RefusalReason[] = []
  const urls = createActionUrls({
    vendor: 'yealink',
    tokens: () => ['the-token-of-the-desk'],
    toFacts: yealinkFacts,
    emit: (fact) => void facts.push(fact),
    onEvent: () => {},
    onRefused: (reason) => void refused.push(reason),
    ...(mac === undefined ? {} : { mac }),
  })
  const request = (given: string | undefined, from = home, token = 'the-token-of-the-desk') => ({
    path: ['yealink', token, 'hold'],
    params: new Map(given === undefined ? [] : [['m', given]]),
    remoteAddress: from,
  })
  const post = (...asked: Parameters<typeof request>) => urls.receive(request(...asked))
  return { urls, post, request, refused, facts, settled: () => new Promise((resolve) => setImmediate(resolve)) }
}

describe('who posts', () => {
  test('another phone with this desk’s token is turned away, told, and changes nothing', async () => {
    const { post, refused, facts, settled } = door(ours)
    expect([post(other), post('00:15:65:DD:EE:FF'), post('nonsense')]).toEqual([403, 403, 403])
    await settled()
    expect(facts).toEqual([])
    expect(refused).toEqual(['otherPhone', 'otherPhone', 'otherPhone'])
    expect([post(ours), post('00-15-65-AA-BB-CC'), post(undefined), post('$mac')]).toEqual([200, 200, 200, 200])
  })

  test('where no MAC is configured, the first that posts with the token is the desk’s, and a second one is another phone', () => {
    const { post, refused } = door()
    expect([post(undefined), post(ours), post(ours), post(other), post(ours), post(undefined)]).toEqual([200, 200, 200, 403, 200, 200])
    expect(refused).toEqual(['otherPhone'])
  })

  test('a stranger’s MAC is not learnt from a request with a wrong token', () => {
    const { post, refused } = door()
    expect([post(other, home, 'guessed'), post(ours), post(ours)]).toEqual([403, 200, 200])
    expect(refused).toEqual(['wrongToken'])
  })

  test('one MAC that posts from two allowed addresses in turn is told; a phone that moves once is not', () => {
    const { post, refused, urls } = door(ours)
    for (const from of [home, home, second, second]) post(ours, from)
    expect(refused).toEqual([])
    expect(post(ours, home)).toBe(200)
    expect(refused).toEqual(['twoAddresses'])
    for (const from of [home, third, third]) post(ours, from)
    expect(urls.counters.twoAddresses).toBe(1)
  })

  test('a request from elsewhere is recognised by token and MAC, and nothing follows from it', async () => {
    const { urls, request, refused, facts, settled } = door(ours)
    const moved = [request(ours, third), request(undefined, third), request(other, third), request(ours, third, 'guessed')]
    expect(moved.map(urls.recognises)).toEqual([true, true, false, false])
    expect(urls.recognises({ path: ['grandstream', 'the-token-of-the-desk', 'hold'], params: new Map(), remoteAddress: third })).toBe(false)
    await settled()
    expect([facts, refused]).toEqual([[], []])
    expect(urls.counters).toEqual({ taken: 0, wrongToken: 0, otherPhone: 0, unknownEvent: 0, twoAddresses: 0 })
  })
})
