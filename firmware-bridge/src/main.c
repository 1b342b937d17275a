/*
 * The bridge beside a desk: watches the line behind the adapter and the seat, and lights the lamp. What it says and hears is protocol.md.
 *
 * Interrupts only collect: the clock, bytes, the edges of the ring detector. Everything else is done here, once each millisecond, from numbers.
 */
#include "clock.h"
#include "commands.h"
#include "desk.h"
#include "lights.h"
#include "pins.h"
#include "pulse.h"
#include "report.h"
#include "start.h"
#include "uart.h"
#include <avr/interrupt.h>

int main(void) {
  pins_start();
  lights_start();
  clock_start();
  uart_start();
  pulse_start();
  sei();
  watchdog_start();

  uint32_t now_ms = clock_now();
  desk_start(now_ms);
  report_ask();
  for (;;) {
    uint32_t last_ms = now_ms;
    now_ms = clock_now();
    commands_hear(now_ms);
    if (now_ms != last_ms) {
      desk_step(now_ms, now_ms - last_ms);
      /* Only here: if the clock stands still, or a pass never ends, the watchdog starts the program anew. */
      watchdog_feed();
    }
    report_step(now_ms);
    clock_sleep(now_ms);
  }
}
