/* The millisecond, and the sleep between two of them. */
#ifndef CLOCK_H
#define CLOCK_H
#include <stdint.h>

void clock_start(void);
/* Milliseconds since the start, modulo 2^32. */
uint32_t clock_now(void);
/* Within an interrupt only: microseconds since the start, modulo 2^32, in steps of 4. */
uint32_t clock_us(void);
/* Sleeps until the next interrupt, unless the millisecond has gone on since `seen_ms` or a byte waits. */
void clock_sleep(uint32_t seen_ms);

#endif
