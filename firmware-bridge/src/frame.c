#include "frame.h"
#include "crc.h"

#define CHECK_DIGITS 4
/* `*` and the check. */
#define TAIL_BYTES (1 + CHECK_DIGITS)

static char hex_digit(uint8_t value) { return (char)(value < 10 ? '0' + value : 'A' - 10 + value); }

/* 16 for a character that is no capital hexadecimal digit. */
static uint8_t hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return (uint8_t)(digit - '0');
  if (digit >= 'A' && digit <= 'F') return (uint8_t)(digit - 'A' + 10);
  return 16;
}

/* Reads one field at `*at`, up to a comma or the end; 0 if it is none. */
static uint8_t read_field(const char *text, uint8_t length, uint8_t *at, uint32_t *value) {
  uint8_t from = *at;
  uint32_t sum = 0;
  for (; *at < length && text[*at] != ','; (*at)++) {
    char digit = text[*at];
    if (digit < '0' || digit > '9') return 0;
    uint8_t units = (uint8_t)(digit - '0');
    if (sum > (UINT32_MAX - units) / 10) return 0;
    sum = sum * 10 + units;
  }
  uint8_t digits = (uint8_t)(*at - from);
  if (digits == 0 || (digits > 1 && text[from] == '0')) return 0;
  *value = sum;
  return 1;
}

static uint8_t read_fields(const char *text, uint8_t length, frame_t *frame) {
  uint8_t at = 1;
  frame->count = 0;
  while (at < length) {
    uint32_t value;
    if (text[at] != ',') return 0;
    at++;
    if (!read_field(text, length, &at, &value)) return 0;
    if (frame->count < FIELDS_MAX) frame->fields[frame->count] = value;
    frame->count++;
  }
  return 1;
}

frame_fault_t frame_read(const char *text, uint8_t length, frame_t *frame) {
  if (length < 1 + TAIL_BYTES) return FRAME_NO_FORM;
  uint8_t star = (uint8_t)(length - TAIL_BYTES);
  if (text[star] != '*' || text[0] < 'A' || text[0] > 'Z') return FRAME_NO_FORM;
  uint16_t told = 0;
  for (uint8_t at = (uint8_t)(star + 1); at < length; at++) {
    uint8_t value = hex_value(text[at]);
    if (value > 15) return FRAME_NO_FORM;
    told = (uint16_t)(told << 4 | value);
  }
  uint16_t crc = CRC_START;
  for (uint8_t at = 0; at < star; at++) crc = crc_next(crc, (uint8_t)text[at]);
  if (crc != told) return FRAME_WRONG_CHECK;
  frame->type = text[0];
  return read_fields(text, star, frame) ? FRAME_GOOD : FRAME_NO_FORM;
}

/* A line of ours is never too long by itself; what would not fit is left out, and the check then says that the line is not whole. */
static void put(frame_text_t *out, char byte) {
  if (out->length < LINE_MAX_BYTES) out->bytes[out->length++] = byte;
}

void frame_begin(frame_text_t *out, char type) {
  out->length = 0;
  put(out, '$');
  put(out, type);
}

void frame_field(frame_text_t *out, uint32_t value) {
  char digits[10];
  uint8_t count = 0;
  do {
    digits[count++] = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  put(out, ',');
  while (count > 0) put(out, digits[--count]);
}

void frame_end(frame_text_t *out) {
  uint16_t crc = CRC_START;
  for (uint8_t at = 1; at < out->length; at++) crc = crc_next(crc, (uint8_t)out->bytes[at]);
  put(out, '*');
  for (int8_t shift = 12; shift >= 0; shift -= 4) put(out, hex_digit((uint8_t)(crc >> shift & 15)));
  put(out, '\r');
  put(out, '\n');
}
