/* The wall clock's phase, as the agent tells it, carried on by our own clock in between. Pure. */
#ifndef PHASE_H
#define PHASE_H
#include <stdint.h>

typedef struct {
  /* Below PHASE_MODULO_MS. */
  uint16_t ms;
  /* Still to be drawn in: positive if we are behind. */
  int8_t owed_ms;
  uint8_t until_slew_ms;
} phase_t;

/* `at_once`: nothing flashes, so that a jump cannot be seen. */
void phase_told(phase_t *phase, uint16_t told_ms, uint8_t at_once);
void phase_step(phase_t *phase, uint32_t elapsed_ms);

#endif
