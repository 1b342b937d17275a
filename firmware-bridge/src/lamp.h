/* What the three lights of the lamp show. Pure: the table is made from src/lamps/patterns.ts. */
#ifndef LAMP_H
#define LAMP_H
#include <stdint.h>

#define LIGHTS 3

/* One light's rhythm. `period_ms` 0: it never changes, and `level` is all there is to it. Lit from `from_ms` up to `to_ms`, the end not included. */
typedef struct {
  uint16_t period_ms;
  uint16_t from_ms[2];
  uint16_t to_ms[2];
  /* 0 dark, 255 all that the light could give. */
  uint8_t level;
} rhythm_t;

uint8_t lamp_has(uint32_t pattern);
uint8_t lamp_dark_pattern(void);
/* Whether a light of this pattern is switched by time. */
uint8_t lamp_flashes(uint8_t pattern, uint8_t steady);
/* The level of light 0 (left) to 2 (right). */
uint8_t lamp_level(uint8_t pattern, uint8_t steady, uint8_t light, uint16_t phase_ms);

#endif
