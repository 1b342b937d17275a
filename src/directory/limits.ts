/** Everything of a directory that could grow without end, with its bound. */
export const directoryLimits = {
  /** Desks of one office, as many as a hub takes. */
  desksMax: 1000,
  /** Forwardings that people have set at one desk: one of each kind. */
  forwardsMax: 3,
  /** Numbers outside the office to which calls may go. */
  externalMax: 64,
} as const
