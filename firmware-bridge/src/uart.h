/* The serial line, driven by interrupts both ways. Nothing here ever waits. */
#ifndef UART_H
#define UART_H
#include <stdint.h>

void uart_start(void);
/* Whether a received byte waits. */
uint8_t uart_waiting(void);
/* 0 if none waits. */
uint8_t uart_take(uint8_t *byte);
/* How many more bytes can be sent without anything being dropped. */
uint8_t uart_room(void);
/* All of it, or nothing (0) if there is no room. */
uint8_t uart_send(const char *bytes, uint8_t length);
/* Whether received bytes were lost since this was asked last. */
uint8_t uart_lost(void);

#endif
