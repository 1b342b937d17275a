#include "commands.h"
#include "config.h"
#include "desk.h"
#include "frame.h"
#include "lamp.h"
#include "line.h"
#include "report.h"
#include "uart.h"

#define SEQ_MAX 65535UL

typedef enum { DONE, ANSWERED, OUT_OF_RANGE, NO_SUCH_COMMAND } outcome_t;

static line_t line;
static uint32_t bad_lines;

static outcome_t show(const frame_t *frame) {
  const uint32_t *fields = frame->fields;
  if (frame->count != 4 || !lamp_has(fields[1]) || fields[2] > 1 || fields[3] >= PHASE_MODULO_MS) return OUT_OF_RANGE;
  desk_show((uint8_t)fields[1], (uint8_t)fields[2], (uint16_t)fields[3]);
  return DONE;
}

static outcome_t ping(const frame_t *frame) {
  if (frame->count != 2 || frame->fields[1] >= PHASE_MODULO_MS) return OUT_OF_RANGE;
  desk_phase((uint16_t)frame->fields[1]);
  return DONE;
}

static outcome_t set(const frame_t *frame) {
  if (frame->count != 3 || !thresholds_set(&desk.thresholds, frame->fields[1], frame->fields[2])) return OUT_OF_RANGE;
  return DONE;
}

static outcome_t ask(const frame_t *frame) {
  if (frame->count != 1) return OUT_OF_RANGE;
  report_ask();
  return DONE;
}

static outcome_t test(const frame_t *frame) {
  if (frame->count != 1) return OUT_OF_RANGE;
  report_self_test((uint16_t)frame->fields[0]);
  return ANSWERED;
}

static outcome_t obey(const frame_t *frame) {
  uint8_t has_seq = frame->count > 0 && frame->fields[0] <= SEQ_MAX;
  switch (frame->type) {
  case 'L': return has_seq ? show(frame) : OUT_OF_RANGE;
  case 'P': return has_seq ? ping(frame) : OUT_OF_RANGE;
  case 'Q': return has_seq ? ask(frame) : OUT_OF_RANGE;
  case 'C': return has_seq ? set(frame) : OUT_OF_RANGE;
  case 'T': return has_seq ? test(frame) : OUT_OF_RANGE;
  default: return NO_SUCH_COMMAND;
  }
}

static void take_line(uint32_t now_ms) {
  frame_t frame;
  frame_fault_t fault = frame_read(line.text, line.length, &frame);
  if (fault != FRAME_GOOD) {
    report_nak(fault == FRAME_NO_FORM ? NAK_NO_FORM : NAK_WRONG_CHECK, ++bad_lines);
    return;
  }
  desk.heard_ms = now_ms;
  uint32_t seq = frame.count > 0 ? frame.fields[0] : 0;
  switch (obey(&frame)) {
  case DONE: report_ack((uint16_t)seq); break;
  case ANSWERED: break;
  case OUT_OF_RANGE: report_nak(NAK_OUT_OF_RANGE, seq); break;
  case NO_SUCH_COMMAND: report_nak(NAK_NO_SUCH_COMMAND, seq); break;
  }
}

void commands_hear(uint32_t now_ms) {
  uint8_t byte;
  for (uint8_t count = 0; count < RECEIVE_BUFFER_BYTES; count++) {
    if (uart_room() < LINE_MAX_BYTES || !uart_take(&byte)) return;
    switch (line_take(&line, byte)) {
    case LINE_GOES_ON: break;
    case LINE_READY: take_line(now_ms); break;
    case LINE_BROKEN: report_nak(NAK_NO_FORM, ++bad_lines); break;
    }
  }
}
