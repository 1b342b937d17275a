#include "desk.h"
#include "config.h"
#include "lamp.h"
#include "lights.h"
#include "pins.h"
#include "pulse.h"

desk_t desk;

void desk_start(uint32_t now_ms) {
  thresholds_reset(&desk.thresholds);
  desk.pattern = lamp_dark_pattern();
  desk.heard_ms = now_ms;
}

static void sense(uint32_t now_ms) {
  uint32_t at_us;
  while (pulse_take(&at_us)) ring_pulse(&desk.ring, at_us, now_ms, &desk.thresholds);
  ring_step(&desk.ring, now_ms, &desk.thresholds);
  hook_step(&desk.hook, pin_hook(), ring_suspected(&desk.ring), now_ms, &desk.thresholds);
  /* Who has the handset in hand is not rung: what the detector shows then are dial pulses, and clicks of the hook. */
  if (desk.hook.off_hook) ring_answered(&desk.ring);
  debounce_step(&desk.seat, pin_seat(), now_ms, desk.thresholds.values[SEAT_MS]);
}

static void light(void) {
  for (uint8_t light = 0; light < LIGHTS; light++) lights_set(light, lamp_level(desk.pattern, desk.steady, light, desk.phase.ms));
}

void desk_step(uint32_t now_ms, uint32_t elapsed_ms) {
  sense(now_ms);
  phase_step(&desk.phase, elapsed_ms);
  if (!desk.silent && now_ms - desk.heard_ms >= AGENT_SILENT_MS) {
    desk.silent = 1;
    desk.pattern = lamp_dark_pattern();
    light();
  }
  if (lamp_flashes(desk.pattern, desk.steady)) light();
}

uint8_t desk_settled(uint32_t now_ms) { return (desk.hook.known && desk.seat.known) || now_ms >= SETTLE_MAX_MS; }

uint8_t desk_bits(void) {
  uint8_t bits = 0;
  if (desk.ring.ringing) bits |= BIT_RINGING;
  if (desk.hook.off_hook) bits |= BIT_OFF_HOOK;
  if (desk.seat.state) bits |= BIT_OCCUPIED;
  if (desk.silent) bits |= BIT_AGENT_SILENT;
  return bits;
}

void desk_show(uint8_t pattern, uint8_t steady, uint16_t phase_ms) {
  desk_phase(phase_ms);
  desk.pattern = pattern;
  desk.steady = steady;
  desk.silent = 0;
  light();
}

void desk_phase(uint16_t phase_ms) { phase_told(&desk.phase, phase_ms, !lamp_flashes(desk.pattern, desk.steady)); }
