#include "start.h"
#include <avr/io.h>
#include <avr/wdt.h>

/* What an unused byte of memory holds: no likely address, no likely number. */
#define PAINT 0xC5

static uint8_t cause __attribute__((section(".noinit")));
/* The end of our variables, from the linker. */
extern uint8_t _end;

void start_first(void) __attribute__((naked, used, section(".init3")));
void start_paint(void) __attribute__((naked, used, section(".init3")));

/*
 * Before anything else: after a reset by the watchdog it goes on running, with 16 ms to go; and with the boot loader of older Nanos the board would
 * never come up again.
 */
void start_first(void) {
  cause = MCUSR;
  MCUSR = 0;
  wdt_disable();
}

/* In assembler, since there is no stack yet to speak of: this paints the very place where it will be. */
void start_paint(void) {
  __asm__ volatile("    ldi r30, lo8(_end)\n"
                   "    ldi r31, hi8(_end)\n"
                   "    ldi r24, %0\n"
                   "    ldi r25, hi8(%1)\n"
                   "1:  st Z+, r24\n"
                   "    cpi r30, lo8(%1)\n"
                   "    cpc r31, r25\n"
                   "    brlo 1b\n"
                   "    breq 1b\n" ::"M"(PAINT),
                   "i"(RAMEND));
}

uint8_t start_cause(void) { return cause; }

void watchdog_start(void) { wdt_enable(WDTO_1S); }

void watchdog_feed(void) { wdt_reset(); }

uint16_t stack_never_used(void) {
  const uint8_t *at = &_end;
  while (at <= (const uint8_t *)RAMEND && *at == PAINT) at++;
  return (uint16_t)(at - &_end);
}
