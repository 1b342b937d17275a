#include "pulse.h"
#include "clock.h"
#include "config.h"
#include "pins.h"
#include <avr/interrupt.h>
#include <util/atomic.h>

/* A power of two. Pulses come at most every PULSE_MIN_MS + 1; the main loop takes them each millisecond. */
#define WAITING_MAX 8

static volatile uint32_t begun_us;
static volatile uint8_t open, ticks;
static volatile uint32_t waiting_us[WAITING_MAX];
static volatile uint8_t first, count;

static void listen(void) {
  open = 0;
  EIFR = _BV(INTF0);
  EIMSK |= _BV(INT0);
}

/* Deaf from the edge on until the pulse has been looked at again: no noise, however fast, can keep the processor busy. */
ISR(INT0_vect) {
  EIMSK &= (uint8_t)~_BV(INT0);
  begun_us = clock_us();
  ticks = 0;
  open = 1;
}

void pulse_start(void) {
  EICRA = _BV(ISC01);
  listen();
}

void pulse_tick(void) {
  if (!open || ++ticks <= PULSE_MIN_MS) return;
  if (pin_ring() && count < WAITING_MAX) {
    waiting_us[(first + count) % WAITING_MAX] = begun_us;
    count++;
  }
  listen();
}

uint8_t pulse_take(uint32_t *at_us) {
  uint8_t taken = 0;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
    if (count > 0) {
      *at_us = waiting_us[first];
      first = (first + 1) % WAITING_MAX;
      count--;
      taken = 1;
    }
  }
  return taken;
}
