/**
 * The numbers by which the microcontroller judges line and seat (`firmware-bridge/protocol.md`, line `C`), in the order of their keys there: the key is
 * the place in this table, from 0. What is left out of the configuration keeps the default of the firmware, which is repeated here for the rules
 * between two of them and for the reference page.
 */
export const bridgeThresholds = [
  { name: 'ringHzMin', factory: 15, min: 10, max: 40, meaning: 'Slower pulses on the ring detector are not ringing, in Hz.' },
  { name: 'ringHzMax', factory: 68, min: 20, max: 150, meaning: 'Faster ones neither, in Hz.' },
  { name: 'ringMergeMs', factory: 1000, min: 100, max: 3000, meaning: 'Bursts closer than this are one ring.' },
  { name: 'ringOverMs', factory: 8000, min: 3000, max: 20_000, meaning: 'After so much silence the ringing is over.' },
  { name: 'offHookMs', factory: 60, min: 50, max: 100, meaning: 'Loop current for so long: the handset is up.' },
  { name: 'onHookMs', factory: 450, min: 200, max: 2000, meaning: 'No loop current for so long: the handset is down.' },
  {
    name: 'flashMinMs',
    factory: 90,
    min: 40,
    max: 500,
    meaning: 'A gap shorter than `onHookMs` but at least this long is a hook flash; a shorter one is a dial pulse.',
  },
  { name: 'ringTripMs', factory: 200, min: 150, max: 500, meaning: 'While it rings, loop current must last this long before the handset counts as up.' },
  { name: 'seatMs', factory: 100, min: 20, max: 1000, meaning: 'The seat contact must be steady for so long.' },
] as const

export type BridgeThreshold = (typeof bridgeThresholds)[number]['name']
export type BridgeThresholds = { readonly [Name in BridgeThreshold]?: number }

/** The threshold as it holds: what was configured, else the firmware's own. */
export function thresholdOf(name: BridgeThreshold, configured: BridgeThresholds | undefined): number {
  const [known] = bridgeThresholds.filter((each) => each.name === name)
  return configured?.[name] ?? known?.factory ?? Number.NaN
}
