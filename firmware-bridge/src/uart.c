#include "uart.h"
#include "config.h"
#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#define BAUD_DIVISOR ((F_CPU + 4 * BAUD_RATE) / (8 * BAUD_RATE) - 1)

static volatile char received[RECEIVE_BUFFER_BYTES], sending[SEND_BUFFER_BYTES];
static volatile uint8_t receive_head, receive_tail, send_head, send_tail, lost;

ISR(USART_RX_vect) {
  uint8_t damaged = UCSR0A & (_BV(FE0) | _BV(DOR0));
  char byte = (char)UDR0;
  uint8_t next = (uint8_t)((receive_head + 1) % RECEIVE_BUFFER_BYTES);
  if (damaged || next == receive_tail) lost = 1;
  if (next == receive_tail) return;
  received[receive_head] = byte;
  receive_head = next;
}

/* Entered only while a byte waits: switched off with the last one. */
ISR(USART_UDRE_vect) {
  UDR0 = (uint8_t)sending[send_tail];
  send_tail = (uint8_t)((send_tail + 1) % SEND_BUFFER_BYTES);
  if (send_tail == send_head) UCSR0B &= (uint8_t)~_BV(UDRIE0);
}

void uart_start(void) {
  /* Off first: after a start by our own watchdog it is still on, with bytes of the life before. */
  UCSR0B = 0;
  UCSR0A = _BV(U2X0);
  UBRR0 = BAUD_DIVISOR;
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

uint8_t uart_waiting(void) { return receive_head != receive_tail; }

uint8_t uart_take(uint8_t *byte) {
  if (!uart_waiting()) return 0;
  *byte = (uint8_t)received[receive_tail];
  receive_tail = (uint8_t)((receive_tail + 1) % RECEIVE_BUFFER_BYTES);
  return 1;
}

uint8_t uart_room(void) { return (uint8_t)((send_tail - send_head - 1) & (SEND_BUFFER_BYTES - 1)); }

uint8_t uart_send(const char *bytes, uint8_t length) {
  if (length > uart_room()) return 0;
  uint8_t head = send_head;
  for (uint8_t i = 0; i < length; i++) {
    sending[head] = bytes[i];
    head = (uint8_t)((head + 1) % SEND_BUFFER_BYTES);
  }
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
    send_head = head;
    UCSR0B |= _BV(UDRIE0);
  }
  return 1;
}

uint8_t uart_lost(void) {
  uint8_t was;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
    was = lost;
    lost = 0;
  }
  return was;
}
