/** Resolves when a person, the service manager or the end of its terminal wants the program to end, with the reason; a second time ends it at once. */
export function untilTold(): Promise<string> {
  return new Promise((resolve) => {
    const names = { SIGINT: 'ended by a person', SIGTERM: 'stopped by the service manager', SIGHUP: 'its terminal was closed' } as const
    for (const [signal, reason] of Object.entries(names)) {
      process.once(signal as keyof typeof names, () => {
        resolve(reason)
        process.once(signal as keyof typeof names, () => process.exit(1))
      })
    }
  })
}
