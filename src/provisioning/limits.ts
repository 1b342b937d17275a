/** Everything of provisioning that could grow or wait without end, with its bound. */
export const provisioningLimits = {
  /** A list of all desks of a city is below a megabyte. */
  csvBytesMax: 4_194_304,
  desksMax: 2000,
  substitutesMax: 8,
  /** Programs of openssl at the same time. */
  certificatesAtOnce: 4,
  /** One run of openssl; it takes some hundredths of a second. */
  opensslMs: 60_000,
  opensslOutputBytesMax: 1_048_576,
  /** A certificate that ends sooner is told of. */
  certificateWarnDays: 60,
  /** The authority, and the revocation list: were either to end, every desk would be shut out at once. */
  authorityDays: 7300,
} as const
