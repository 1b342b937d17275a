#include "thresholds.h"
#include "flash.h"

typedef struct {
  uint16_t preset, least, most;
} range_t;

static const range_t ranges[THRESHOLDS] IN_FLASH = {
    [RING_HZ_MIN] = {15, 10, 40},
    [RING_HZ_MAX] = {68, 20, 150},
    [RING_MERGE_MS] = {1000, 100, 3000},
    [RING_OVER_MS] = {8000, 3000, 20000},
    [OFF_HOOK_MS] = {60, 50, 100},
    [ON_HOOK_MS] = {450, 200, 2000},
    [FLASH_MIN_MS] = {90, 40, 500},
    [RING_TRIP_MS] = {200, 150, 500},
    [SEAT_MS] = {100, 20, 1000},
};

void thresholds_reset(thresholds_t *thresholds) {
  for (uint8_t key = 0; key < THRESHOLDS; key++) thresholds->values[key] = FLASH_WORD(&ranges[key].preset);
}

uint8_t thresholds_set(thresholds_t *thresholds, uint32_t key, uint32_t value) {
  if (key >= THRESHOLDS) return 0;
  if (value < FLASH_WORD(&ranges[key].least) || value > FLASH_WORD(&ranges[key].most)) return 0;
  thresholds->values[key] = (uint16_t)value;
  return 1;
}
