#include "start.h"
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>
#include <util/atomic.h>

/* What an unused byte of memory holds: no likely address, no likely number. */
#define PAINT 0xC5

/* Says that it was us who started the program anew, and not the hardware; no likely content of a memory that has just got power. */
#define BY_OUR_WATCHDOG 0x3A5C

static uint8_t cause __attribute__((section(".noinit")));
static uint16_t marker __attribute__((section(".noinit")));
/* The end of our variables, from the linker. */
extern uint8_t _end;

void start_first(void) __attribute__((naked, used, section(".init3")));
void start_paint(void) __attribute__((naked, used, section(".init3")));

/* Before anything else: after a reset by the watchdog it goes on running, with 16 ms to go. */
void start_first(void) {
  cause = MCUSR;
  if (cause == 0 && marker == BY_OUR_WATCHDOG) cause = _BV(WDRF);
  marker = 0;
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

/*
 * The watchdog's first word is an interrupt, from which we begin anew by ourselves: a reset would run the boot loader, and the one of older Nanos never
 * comes up again with a watchdog that runs. Only a program that hangs with its interrupts off gets the reset, a second later.
 */
ISR(WDT_vect, ISR_NAKED) {
  marker = BY_OUR_WATCHDOG;
  __asm__ volatile("jmp 0");
}

void watchdog_start(void) {
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
    wdt_reset();
    /* Within four cycles of each other, or the hardware does not take it. The last two are 1 s. */
    WDTCSR = _BV(WDCE) | _BV(WDE);
    WDTCSR = _BV(WDIE) | _BV(WDE) | _BV(WDP2) | _BV(WDP1);
  }
}

void watchdog_feed(void) { wdt_reset(); }

uint16_t stack_never_used(void) {
  const uint8_t *at = &_end;
  while (at <= (const uint8_t *)RAMEND && *at == PAINT) at++;
  return (uint16_t)(at - &_end);
}
