/* Pulses of the ring detector, from the pin. */
#ifndef PULSE_H
#define PULSE_H
#include <stdint.h>

void pulse_start(void);
/* Called by the clock's interrupt, once each millisecond. */
void pulse_tick(void);
/* The oldest pulse that nobody has taken; 0 if there is none. */
uint8_t pulse_take(uint32_t *at_us);

#endif
