/* Bytes in, whole lines out. `$` always begins a new line, whatever came before. */
#ifndef LINE_H
#define LINE_H
#include "config.h"
#include <stdint.h>

typedef enum { LINE_GOES_ON, LINE_READY, LINE_BROKEN } line_state_t;

typedef struct {
  /* What stands between `$` and the line's end. */
  char text[LINE_MAX_BYTES];
  uint8_t length;
  /* A `$` was seen, and nothing since that a line cannot have. */
  uint8_t open;
  /* Something else than a line came since the last end: at the next one it is said, once. */
  uint8_t spoilt;
  uint8_t carriage_return;
} line_t;

/* LINE_READY: `text` holds a line, to be read before the next byte. LINE_BROKEN: what has ended here was none. */
line_state_t line_take(line_t *line, uint8_t byte);

#endif
