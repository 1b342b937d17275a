/**
 * Two kinds of wrong. Ours: `assert` fails, the process ends and is started again. Theirs (a file, a phone, a broker, a person): an event, or one of
 * these coded errors with the next step. Codes are never used again for something else; `docs/reference/errors.md` lists them.
 */
export const errorCodes = {
  CONFIG_UNREADABLE: 'the configuration file cannot be read or is not YAML',
  CONFIG_INVALID: 'the configuration has faults; each is listed',
  SECRET_UNREADABLE: 'a password or token file cannot be read',
  LISTEN_FAILED: 'the address or port to listen on cannot be had',
  STORE_FAILED: 'the store cannot be opened',
  DRIVER_UNAVAILABLE: 'a driver, line or light that the configuration asks for cannot be had on this machine',
  PROGRAM_MISSING: 'a program that the command uses is missing, too old, or has failed',
  OUTPUT_FAILED: 'a file that the command writes cannot be written',
  USAGE: 'the command line was not understood',
} as const
export type ErrorCode = keyof typeof errorCodes

/** Something a person must mend. The message says what is wrong and what to do next; `faults` holds one `path: sentence` a line. */
export class ConfigurationError extends Error {
  readonly code: ErrorCode
  readonly faults: readonly string[]
  constructor(code: ErrorCode, message: string, faults: readonly string[] = []) {
    super(faults.length === 0 ? message : `${message}\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.name = 'ConfigurationError'
    this.code = code
    this.faults = faults
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
