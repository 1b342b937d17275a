/* What the agent may set, by the keys of protocol.md. Kept in RAM: a start brings the defaults back. */
#ifndef THRESHOLDS_H
#define THRESHOLDS_H
#include <stdint.h>

enum {
  RING_HZ_MIN,
  RING_HZ_MAX,
  RING_MERGE_MS,
  RING_OVER_MS,
  OFF_HOOK_MS,
  ON_HOOK_MS,
  FLASH_MIN_MS,
  RING_TRIP_MS,
  SEAT_MS,
  THRESHOLDS
};

typedef struct {
  uint16_t values[THRESHOLDS];
} thresholds_t;

void thresholds_reset(thresholds_t *thresholds);
/* 0, and nothing is changed, if there is no such key or the value is out of its range. */
uint8_t thresholds_set(thresholds_t *thresholds, uint32_t key, uint32_t value);

#endif
