/** The part of pino's logger that the hub uses. Fields are names of desks and counts, never passwords or numbers of callers. */
export interface HubLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
