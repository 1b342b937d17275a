/* Rings, counted by their bursts and never by time. Pure: pulses and the clock come in as numbers. */
#ifndef RING_H
#define RING_H
#include "thresholds.h"
#include <stdint.h>

typedef struct {
  /* Pulses in a row whose intervals are those of ringing; 0 when the last was long ago. */
  uint8_t pulses;
  uint8_t ringing;
  uint16_t rings;
  uint32_t last_pulse_us;
  uint32_t last_pulse_ms;
  uint32_t first_pulse_ms;
  /* The last pulse of the last burst. */
  uint32_t burst_end_ms;
} ring_t;

/* A pulse of the detector that began at `at_us` (modulo 2^32). */
void ring_pulse(ring_t *ring, uint32_t at_us, uint32_t now_ms, const thresholds_t *thresholds);
void ring_step(ring_t *ring, uint32_t now_ms, const thresholds_t *thresholds);
/* There may be ringing on the line: two pulses in a row or more. */
uint8_t ring_suspected(const ring_t *ring);
/* The handset is up: the call has no rings any more. */
void ring_answered(ring_t *ring);

#endif
