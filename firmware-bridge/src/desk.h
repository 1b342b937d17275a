/* The desk as the bridge sees it, and what it says of it. */
#ifndef DESK_H
#define DESK_H
#include "debounce.h"
#include "hook.h"
#include "phase.h"
#include "ring.h"
#include "thresholds.h"
#include <stdint.h>

#define BIT_RINGING 1
#define BIT_OFF_HOOK 2
#define BIT_OCCUPIED 4
#define BIT_BYTES_LOST 8
#define BIT_AGENT_SILENT 16

typedef struct {
  thresholds_t thresholds;
  ring_t ring;
  hook_t hook;
  debounce_t seat;
  phase_t phase;
  uint8_t pattern, steady;
  /* The last good line of the agent, or the start. */
  uint32_t heard_ms;
  /* The agent was silent, and has not said since what the lamp shall show. */
  uint8_t silent;
} desk_t;

extern desk_t desk;

void desk_start(uint32_t now_ms);
/* Once for each millisecond, or for several if the last pass took longer. */
void desk_step(uint32_t now_ms, uint32_t elapsed_ms);
/* Whether hook and seat are known since the start. */
uint8_t desk_settled(uint32_t now_ms);
/* BIT_RINGING, BIT_OFF_HOOK, BIT_OCCUPIED, BIT_AGENT_SILENT. */
uint8_t desk_bits(void);
void desk_show(uint8_t pattern, uint8_t steady, uint16_t phase_ms);
void desk_phase(uint16_t phase_ms);

#endif
