#include "pins.h"

void pins_start(void) {
  PORTD = (uint8_t)~(_BV(PD0) | _BV(PD1));
  /* PB6 and PB7 carry the crystal. PB5 has the board's own LED: an output, low. */
  DDRB = _BV(PB5);
  PORTB = _BV(PB0) | _BV(PB4);
  PORTC = _BV(PC0) | _BV(PC1) | _BV(PC2) | _BV(PC3) | _BV(PC4) | _BV(PC5);
}
