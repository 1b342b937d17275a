/** So many times is a steady contact told again before evidence is too old to move a call (policy `seatEvidenceMaxAgeMs`). */
const reportsPerAge = 3
/** But never more often than this. */
const evidenceEveryMinMs = 250

/** How often a steady contact is told again: so seldom as the driver likes it, unless the office wants fresher evidence. */
export function evidenceEvery(likedMs: number, maxAgeMs: number): number {
  return Math.max(evidenceEveryMinMs, Math.min(likedMs, Math.floor(maxAgeMs / reportsPerAge)))
}
