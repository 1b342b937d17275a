/* The form of a line: `<type>,<field>,...*<check>`. Pure: knows no pins and no clock, and compiles on any host. */
#ifndef FRAME_H
#define FRAME_H
#include "config.h"
#include <stdint.h>

typedef struct {
  char type;
  /* How many the line has; only the first FIELDS_MAX are kept. */
  uint8_t count;
  uint32_t fields[FIELDS_MAX];
} frame_t;

typedef enum { FRAME_GOOD, FRAME_NO_FORM, FRAME_WRONG_CHECK } frame_fault_t;

/* `text` is what stands between `$` and the line's end. */
frame_fault_t frame_read(const char *text, uint8_t length, frame_t *frame);

typedef struct {
  char bytes[LINE_MAX_BYTES];
  uint8_t length;
} frame_text_t;

void frame_begin(frame_text_t *out, char type);
void frame_field(frame_text_t *out, uint32_t value);
/* Check and line's end. */
void frame_end(frame_text_t *out);

#endif
