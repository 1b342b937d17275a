#include "hook.h"
#include "config.h"

static void while_down(hook_t *hook, uint8_t ringing, uint32_t lasted_ms, const thresholds_t *thresholds) {
  uint16_t needed_ms = thresholds->values[ringing ? RING_TRIP_MS : OFF_HOOK_MS];
  if (lasted_ms < needed_ms) return;
  hook->known = 1;
  if (!hook->current) return;
  hook->off_hook = 1;
  hook->gap = 0;
}

static void while_up(hook_t *hook, uint32_t now_ms, uint32_t lasted_ms, const thresholds_t *thresholds) {
  if (!hook->current && !hook->gap) {
    hook->gap = 1;
    hook->gap_from_ms = hook->since_ms;
  }
  if (!hook->gap) return;
  if (!hook->current) {
    /* A bounce within the gap does not begin it anew. */
    if (now_ms - hook->gap_from_ms >= thresholds->values[ON_HOOK_MS]) hook->off_hook = 0;
  } else if (lasted_ms >= HOOK_STEADY_MS) {
    uint32_t gap_ms = hook->since_ms - hook->gap_from_ms;
    hook->gap = 0;
    if (gap_ms >= thresholds->values[FLASH_MIN_MS]) hook->flashes++;
  }
}

void hook_step(hook_t *hook, uint8_t current, uint8_t ringing, uint32_t now_ms, const thresholds_t *thresholds) {
  if (current != hook->current) {
    hook->current = current;
    hook->since_ms = now_ms;
  }
  uint32_t lasted_ms = now_ms - hook->since_ms;
  if (hook->off_hook) while_up(hook, now_ms, lasted_ms, thresholds);
  else while_down(hook, ringing, lasted_ms, thresholds);
}
