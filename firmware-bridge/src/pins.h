/* The pins of the board, by what hangs on them. Inputs are low when there is something: pulses, loop current, somebody on the seat. */
#ifndef PINS_H
#define PINS_H
#include <avr/io.h>
#include <stdint.h>

#define RING_BIT PD2   /* D2, INT0 */
#define HOOK_BIT PD3   /* D3 */
#define SEAT_BIT PD4   /* D4 */
#define LEFT_BIT PB1   /* D9, OC1A */
#define MIDDLE_BIT PB2 /* D10, OC1B */
#define RIGHT_BIT PB3  /* D11, OC2A */

static inline uint8_t pin_ring(void) { return !(PIND & _BV(RING_BIT)); }
static inline uint8_t pin_hook(void) { return !(PIND & _BV(HOOK_BIT)); }
static inline uint8_t pin_seat(void) { return !(PIND & _BV(SEAT_BIT)); }

/* Inputs with pull-ups, and every pin that nothing hangs on likewise, so that none floats. */
void pins_start(void);

#endif
