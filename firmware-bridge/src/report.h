/* The lines of the bridge. */
#ifndef REPORT_H
#define REPORT_H
#include <stdint.h>

#define NAK_NO_FORM 0
#define NAK_WRONG_CHECK 1
#define NAK_NO_SUCH_COMMAND 2
#define NAK_OUT_OF_RANGE 3

/* Answers at once; the caller has seen to it that there is room. */
void report_ack(uint16_t seq);
void report_nak(uint8_t code, uint32_t info);
void report_self_test(uint16_t seq);
/* Greets and tells, as soon as there is room; hook and seat are told only once they are known. */
void report_ask(void);
/* Sends what was asked for, what has changed, and the heartbeat. */
void report_step(uint32_t now_ms);

#endif
