/* The handset, by the current in the loop. Pure: called once each millisecond with what the pin says. */
#ifndef HOOK_H
#define HOOK_H
#include "thresholds.h"
#include <stdint.h>

typedef struct {
  /* Current, or none, since when. */
  uint8_t current;
  uint32_t since_ms;
  /* Whether the handset's place has been seen at all since the start. */
  uint8_t known;
  uint8_t off_hook;
  /* The handset is up but the current is gone: a dial pulse, a flash, or the handset going down. */
  uint8_t gap;
  uint32_t gap_from_ms;
  /* Modulo 65536. */
  uint16_t flashes;
} hook_t;

/* `ringing`: alternating current may be on the line; then only what lasts as long as a ring trip counts. */
void hook_step(hook_t *hook, uint8_t current, uint8_t ringing, uint32_t now_ms, const thresholds_t *thresholds);

#endif
