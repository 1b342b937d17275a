/*
 * What would take weeks in a microcontroller, emulated or not: the pure parts where the clock begins anew, after 2^32 ms, and 2^32 us every 71 minutes.
 * The behaviours themselves are tested with the whole program (test/firmware).
 */
#include "crc.h"
#include "debounce.h"
#include "hook.h"
#include "lamp.h"
#include "phase.h"
#include "ring.h"
#include "config.h"
#include <stdio.h>
#include <stdlib.h>

#define EXPECT(what)                                              \
  do {                                                            \
    if (!(what)) {                                                \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
      exit(1);                                                    \
    }                                                             \
  } while (0)

/* Starts from which a second or two crosses the end of the clock, and one from which it does not. */
static const uint32_t starts_ms[] = {1000, UINT32_MAX - 50, UINT32_MAX - 300, UINT32_MAX - 1000, UINT32_MAX - 7000};
#define STARTS (sizeof starts_ms / sizeof *starts_ms)

static thresholds_t thresholds;

/* One burst of 25 Hz that lasts a second, and the pause after it; `ms` goes on. */
static void burst(ring_t *ring, uint32_t *ms, uint32_t pause_ms) {
  for (uint32_t at = 0; at < 1000 + pause_ms; at++, (*ms)++) {
    if (at < 1000 && at % 40 == 0) ring_pulse(ring, *ms * 1000, *ms, &thresholds);
    ring_step(ring, *ms, &thresholds);
  }
}

static void rings_over_the_end(uint32_t ms) {
  ring_t ring = {0};
  for (uint16_t count = 1; count <= 3; count++) {
    burst(&ring, &ms, 4000);
    EXPECT(ring.rings == count && !ring.ringing);
  }
  burst(&ring, &ms, 300);
  burst(&ring, &ms, 7800);
  EXPECT(ring.rings == 4);
  burst(&ring, &ms, 0);
  EXPECT(ring.rings == 5 && ring.ringing);
  for (uint32_t at = 0; at < 8100; at++, ms++) ring_step(&ring, ms, &thresholds);
  EXPECT(ring.rings == 0);
}

/* A pulse that is 2^32 us after another is not one interval after it. */
static void microseconds_begin_anew(void) {
  ring_t ring = {0};
  for (uint32_t again = 0; again < 8; again++) {
    uint32_t ms = 1000 + again * 4294968U;
    ring_pulse(&ring, 40000U * again, ms, &thresholds);
    for (uint32_t at = 0; at < 500; at++) ring_step(&ring, ms + at, &thresholds);
  }
  EXPECT(ring.rings == 0);
}

static void hook_for(hook_t *hook, uint8_t current, uint32_t for_ms, uint32_t *ms) {
  for (; for_ms > 0; for_ms--) hook_step(hook, current, 0, (*ms)++, &thresholds);
}

static void hook_over_the_end(uint32_t ms) {
  hook_t hook = {.since_ms = ms};
  hook_for(&hook, 0, 100, &ms);
  EXPECT(hook.known && !hook.off_hook);
  hook_for(&hook, 1, 60, &ms);
  EXPECT(!hook.off_hook);
  hook_for(&hook, 1, 1, &ms);
  EXPECT(hook.off_hook);
  hook_for(&hook, 0, 449, &ms);
  hook_for(&hook, 1, 100, &ms);
  EXPECT(hook.off_hook && hook.flashes == 1);
  hook_for(&hook, 0, 450, &ms);
  EXPECT(hook.off_hook);
  hook_for(&hook, 0, 1, &ms);
  EXPECT(!hook.off_hook && hook.flashes == 1);
}

static void contact_over_the_end(uint32_t ms) {
  debounce_t contact = {.since_ms = ms};
  for (uint32_t at = 0; at < 100; at++) debounce_step(&contact, 1, ms++, 100);
  EXPECT(!contact.state);
  debounce_step(&contact, 1, ms++, 100);
  EXPECT(contact.state && contact.known);
}

static void phase_never_goes_back(void) {
  for (int32_t off_ms = -PHASE_SLEW_MAX_MS; off_ms <= PHASE_SLEW_MAX_MS; off_ms++) {
    phase_t phase = {.ms = 59990};
    uint32_t went_ms = 0;
    phase_told(&phase, (uint16_t)((59990 + off_ms) % PHASE_MODULO_MS), 0);
    for (uint32_t at = 0; at < 4000; at++) {
      uint16_t before_ms = phase.ms;
      phase_step(&phase, 1);
      uint16_t step_ms = (uint16_t)((phase.ms + PHASE_MODULO_MS - before_ms) % PHASE_MODULO_MS);
      EXPECT(step_ms <= 2);
      went_ms += step_ms;
    }
    EXPECT((int32_t)went_ms == 4000 + off_ms);
  }
}

static void check_is_the_published_one(void) {
  uint16_t crc = CRC_START;
  for (const char *at = "123456789"; *at; at++) crc = crc_next(crc, (uint8_t)*at);
  EXPECT(crc == 0x6F91);
}

int main(void) {
  thresholds_reset(&thresholds);
  for (uint32_t i = 0; i < STARTS; i++) {
    rings_over_the_end(starts_ms[i]);
    hook_over_the_end(starts_ms[i]);
    contact_over_the_end(starts_ms[i]);
  }
  microseconds_begin_anew();
  phase_never_goes_back();
  check_is_the_published_one();
  EXPECT(lamp_has(LIGHTS) && !lamp_has(255) && !lamp_flashes(lamp_dark_pattern(), 0));
  puts("the pure parts hold");
  return 0;
}
