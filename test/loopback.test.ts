import { expect, test } from 'vitest'
import { isLoopback } from '../src/loopback.ts'

test.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.9.8.7', '::1', '[::1]', '::ffff:127.0.0.1', '[::ffff:127.0.0.1]'])(
  '%s is this machine alone',
  (host) => {
    expect(isLoopback(host)).toBe(true)
  },
)

test.each([
  '',
  '0.0.0.0',
  '::',
  '[::]',
  '10.0.0.1',
  '127.0.0.1.evil.example',
  '127.0.0.999',
  '127.1',
  'localhost.evil.example',
  'evil.localhost',
  '::ffff:10.0.0.1',
])('“%s” may be reached from elsewhere', (host) => {
  expect(isLoopback(host)).toBe(false)
})
