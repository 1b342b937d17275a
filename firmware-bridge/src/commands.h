/* What the agent says, and what is done about it. */
#ifndef COMMANDS_H
#define COMMANDS_H
#include <stdint.h>

/* Reads what has come. Stops while there is no room for an answer: what then overflows is told as lost. */
void commands_hear(uint32_t now_ms);

#endif
