import type { LampDriver } from '../agent/ports.ts'

/** A desk without a lamp. */
export function createNoLamp(): LampDriver {
  return {
    async start() {},
    show() {},
    ok: () => null,
    async stop() {},
  }
}
