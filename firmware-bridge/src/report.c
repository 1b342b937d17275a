#include "report.h"
#include "config.h"
#include "desk.h"
#include "frame.h"
#include "lights.h"
#include "pins.h"
#include "start.h"
#include "uart.h"

/* What the last `S` said, so that a change is seen. */
static uint8_t told_bits;
static uint16_t told_rings, told_flashes;

static uint8_t hello_wanted, status_wanted, lost;
static uint16_t next_seq;
static uint32_t told_ms;

static uint8_t send(frame_text_t *line) {
  frame_end(line);
  return uart_send(line->bytes, line->length);
}

void report_ack(uint16_t seq) {
  frame_text_t line;
  frame_begin(&line, 'A');
  frame_field(&line, seq);
  send(&line);
}

void report_nak(uint8_t code, uint32_t info) {
  frame_text_t line;
  frame_begin(&line, 'N');
  frame_field(&line, code);
  frame_field(&line, info);
  send(&line);
}

void report_self_test(uint16_t seq) {
  frame_text_t line;
  frame_begin(&line, 'T');
  frame_field(&line, seq);
  frame_field(&line, lights_test());
  frame_field(&line, (uint8_t)((pin_ring() ? BIT_RINGING : 0) | (pin_hook() ? BIT_OFF_HOOK : 0) | (pin_seat() ? BIT_OCCUPIED : 0)));
  frame_field(&line, start_cause());
  frame_field(&line, stack_never_used());
  send(&line);
}

static uint8_t hello(void) {
  frame_text_t line;
  frame_begin(&line, 'H');
  frame_field(&line, PROTOCOL);
  frame_field(&line, VERSION);
  frame_field(&line, start_cause());
  return send(&line);
}

static uint8_t status(uint32_t now_ms, uint8_t bits) {
  frame_text_t line;
  if (uart_lost()) lost = 1;
  frame_begin(&line, 'S');
  frame_field(&line, next_seq);
  frame_field(&line, now_ms);
  frame_field(&line, bits | (lost ? BIT_BYTES_LOST : 0));
  frame_field(&line, desk.ring.rings);
  frame_field(&line, desk.hook.flashes);
  if (!send(&line)) return 0;
  lost = 0;
  next_seq++;
  told_ms = now_ms;
  told_bits = bits;
  told_rings = desk.ring.rings;
  told_flashes = desk.hook.flashes;
  return 1;
}

void report_ask(void) {
  hello_wanted = 1;
  status_wanted = 1;
}

void report_step(uint32_t now_ms) {
  if (hello_wanted && hello()) hello_wanted = 0;
  if (hello_wanted || !desk_settled(now_ms)) return;
  uint8_t bits = desk_bits();
  if (bits != told_bits || desk.ring.rings != told_rings || desk.hook.flashes != told_flashes) status_wanted = 1;
  if (now_ms - told_ms >= HEARTBEAT_MS) status_wanted = 1;
  if (status_wanted && status(now_ms, bits)) status_wanted = 0;
}
