#include "ring.h"
#include "config.h"

static uint8_t fits(uint32_t interval_us, const thresholds_t *thresholds) {
  uint32_t longest_us = 1000000UL / thresholds->values[RING_HZ_MIN];
  /* A detector may give one pulse each wave or one each half wave. */
  uint32_t shortest_us = 500000UL / thresholds->values[RING_HZ_MAX];
  if (interval_us > longest_us + (longest_us >> RING_TOLERANCE_SHIFT)) return 0;
  return interval_us >= shortest_us - (shortest_us >> RING_TOLERANCE_SHIFT);
}

static void burst_recognised(ring_t *ring, const thresholds_t *thresholds) {
  uint8_t first = ring->rings == 0;
  ring->ringing = 1;
  /* A double burst is one ring: what follows the last burst closely goes on with it. */
  if (!first && ring->first_pulse_ms - ring->burst_end_ms < thresholds->values[RING_MERGE_MS]) return;
  if (ring->rings < UINT16_MAX) ring->rings++;
}

void ring_pulse(ring_t *ring, uint32_t at_us, uint32_t now_ms, const thresholds_t *thresholds) {
  uint8_t goes_on = ring->pulses > 0 && fits(at_us - ring->last_pulse_us, thresholds);
  ring->last_pulse_us = at_us;
  ring->last_pulse_ms = now_ms;
  if (!goes_on) {
    ring->pulses = 1;
    ring->first_pulse_ms = now_ms;
    return;
  }
  if (ring->pulses < UINT8_MAX) ring->pulses++;
  uint8_t enough = ring->pulses >= RING_PULSES_MIN && now_ms - ring->first_pulse_ms >= RING_CONFIRM_MS;
  if (!ring->ringing && enough) burst_recognised(ring, thresholds);
  if (ring->ringing) ring->burst_end_ms = now_ms;
}

void ring_step(ring_t *ring, uint32_t now_ms, const thresholds_t *thresholds) {
  /* Also keeps an interval from being taken over the wrap of the microseconds. */
  if (ring->pulses > 0 && now_ms - ring->last_pulse_ms >= RING_SILENCE_MS) ring->pulses = 0;
  if (ring->ringing && now_ms - ring->burst_end_ms >= RING_SILENCE_MS) ring->ringing = 0;
  if (ring->rings > 0 && !ring->ringing && now_ms - ring->burst_end_ms >= thresholds->values[RING_OVER_MS]) ring->rings = 0;
}

uint8_t ring_suspected(const ring_t *ring) { return ring->ringing || ring->pulses >= 2; }

void ring_answered(ring_t *ring) {
  ring->pulses = 0;
  ring->ringing = 0;
  ring->rings = 0;
}
