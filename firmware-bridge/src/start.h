/* Why the program started, the watchdog, and how far the stack has grown. */
#ifndef START_H
#define START_H
#include <stdint.h>

/* Bits of MCUSR at the start. */
uint8_t start_cause(void);
/* From now on `watchdog_feed` must be called at least once a second. */
void watchdog_start(void);
void watchdog_feed(void);
/* Bytes between the variables and the stack that have never been written to. */
uint16_t stack_never_used(void);

#endif
