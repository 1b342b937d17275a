#include "clock.h"
#include "pulse.h"
#include "uart.h"
#include <avr/interrupt.h>
#include <avr/sleep.h>
#include <util/atomic.h>

#define PRESCALER 64UL
#define COUNTS_PER_MS (F_CPU / PRESCALER / 1000)
#define US_PER_COUNT (1000 / COUNTS_PER_MS)

static volatile uint32_t elapsed_ms;

ISR(TIMER0_COMPA_vect) {
  elapsed_ms++;
  pulse_tick();
}

void clock_start(void) {
  OCR0A = COUNTS_PER_MS - 1;
  TCCR0A = _BV(WGM01);
  TCCR0B = _BV(CS01) | _BV(CS00);
  TIMSK0 = _BV(OCIE0A);
  set_sleep_mode(SLEEP_MODE_IDLE);
}

uint32_t clock_now(void) {
  uint32_t now_ms;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { now_ms = elapsed_ms; }
  return now_ms;
}

uint32_t clock_us(void) {
  uint32_t now_ms = elapsed_ms;
  uint8_t counts = TCNT0;
  /* The counter has begun anew, but the interrupt that counts the millisecond still waits for this one. */
  if ((TIFR0 & _BV(OCF0A)) && counts < COUNTS_PER_MS / 2) now_ms++;
  return now_ms * 1000 + (uint16_t)counts * US_PER_COUNT;
}

void clock_sleep(uint32_t seen_ms) {
  cli();
  if (elapsed_ms == seen_ms && !uart_waiting()) {
    sleep_enable();
    /* The instruction after sei() still runs before any interrupt: none can slip in between and be slept over. */
    sei();
    sleep_cpu();
    sleep_disable();
  }
  sei();
}
