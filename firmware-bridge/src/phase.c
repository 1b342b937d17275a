#include "phase.h"
#include "config.h"

void phase_told(phase_t *phase, uint16_t told_ms, uint8_t at_once) {
  uint16_t ahead_ms = told_ms >= phase->ms ? told_ms - phase->ms : (uint16_t)(told_ms + (PHASE_MODULO_MS - phase->ms));
  phase->owed_ms = 0;
  if (!at_once && ahead_ms <= PHASE_SLEW_MAX_MS) phase->owed_ms = (int8_t)ahead_ms;
  else if (!at_once && ahead_ms >= PHASE_MODULO_MS - PHASE_SLEW_MAX_MS) phase->owed_ms = (int8_t)-(int8_t)(PHASE_MODULO_MS - ahead_ms);
  else phase->ms = told_ms;
}

static void go_on(phase_t *phase, uint16_t ms) {
  uint32_t sum_ms = (uint32_t)phase->ms + ms;
  phase->ms = (uint16_t)(sum_ms >= PHASE_MODULO_MS ? sum_ms - PHASE_MODULO_MS : sum_ms);
}

/* How far the phase goes within this millisecond while something is drawn in: 1, or 2 or 0. It never goes back. */
static uint8_t advance(phase_t *phase) {
  if (phase->until_slew_ms > 0) {
    phase->until_slew_ms--;
    return 1;
  }
  phase->until_slew_ms = PHASE_SLEW_EVERY_MS - 1;
  if (phase->owed_ms > 0) {
    phase->owed_ms--;
    return 2;
  }
  phase->owed_ms++;
  return 0;
}

void phase_step(phase_t *phase, uint32_t elapsed_ms) {
  for (; elapsed_ms > 0 && phase->owed_ms != 0; elapsed_ms--) go_on(phase, advance(phase));
  if (elapsed_ms >= PHASE_MODULO_MS) elapsed_ms %= PHASE_MODULO_MS;
  go_on(phase, (uint16_t)elapsed_ms);
}
