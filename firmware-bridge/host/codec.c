/*
 * The bridge's own reading and writing of lines, on this machine, for tests against the agent's. One order a line:
 *
 *   E TYPE FIELD...   says the line as hexadecimal digits
 *   D HEX             takes these bytes; says `F TYPE FIELD...` for each good line, `B 0` or `B 1` for each bad one, and `.` at the end
 *   R                 forgets half a line; says `.`
 */
#include "frame.h"
#include "line.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORDER_BYTES 65536

static line_t line;

static void encode(char *order) {
  frame_text_t out;
  char *word = strtok(order, " ");
  frame_begin(&out, word[0]);
  while ((word = strtok(NULL, " \n"))) frame_field(&out, (uint32_t)strtoul(word, NULL, 10));
  frame_end(&out);
  for (uint8_t i = 0; i < out.length; i++) printf("%02x", (uint8_t)out.bytes[i]);
  printf("\n");
}

static void say_line(void) {
  frame_t frame;
  frame_fault_t fault = frame_read(line.text, line.length, &frame);
  if (fault != FRAME_GOOD) {
    printf("B %d\n", fault == FRAME_NO_FORM ? 0 : 1);
    return;
  }
  printf("F %c", frame.type);
  for (uint8_t i = 0; i < frame.count && i < FIELDS_MAX; i++) printf(" %lu", (unsigned long)frame.fields[i]);
  printf("\n");
}

static void decode(const char *hex) {
  unsigned byte;
  for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
    line_state_t state = line_take(&line, (uint8_t)byte);
    if (state == LINE_READY) say_line();
    else if (state == LINE_BROKEN) printf("B 0\n");
  }
  printf(".\n");
}

int main(void) {
  static char order[ORDER_BYTES];
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (fgets(order, sizeof order, stdin)) {
    if (order[0] == 'E') encode(order + 2);
    else if (order[0] == 'D') decode(order + 2);
    else if (order[0] == 'R') {
      memset(&line, 0, sizeof line);
      printf(".\n");
    } else return 1;
  }
  return 0;
}
