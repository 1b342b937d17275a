#include "line.h"

/* What comes between `$` and `\n`, which count as bytes of the line, too. */
#define BETWEEN_MAX_BYTES (LINE_MAX_BYTES - 2)

static line_state_t begin(line_t *line) {
  uint8_t cut_off = line->spoilt || (line->open && line->length > 0);
  line->length = 0;
  line->open = 1;
  line->spoilt = 0;
  line->carriage_return = 0;
  return cut_off ? LINE_BROKEN : LINE_GOES_ON;
}

static line_state_t end(line_t *line) {
  uint8_t ready = line->open && !line->spoilt;
  uint8_t nothing = !line->open && !line->spoilt;
  line->open = 0;
  line->spoilt = 0;
  line->carriage_return = 0;
  if (nothing) return LINE_GOES_ON;
  return ready ? LINE_READY : LINE_BROKEN;
}

line_state_t line_take(line_t *line, uint8_t byte) {
  if (byte == '$') return begin(line);
  if (byte == '\n') return end(line);
  if (byte == '\r' && !line->open) return LINE_GOES_ON;
  uint8_t full = line->length + line->carriage_return >= BETWEEN_MAX_BYTES;
  uint8_t printable = byte >= 32 && byte <= 126;
  if (!line->open || full || line->carriage_return || (!printable && byte != '\r')) {
    line->open = 0;
    line->spoilt = 1;
  } else if (byte == '\r') {
    line->carriage_return = 1;
  } else {
    line->text[line->length++] = (char)byte;
  }
  return LINE_GOES_ON;
}
