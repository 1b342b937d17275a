/* The lamp's three outputs, dimmed by hardware at 490 Hz so that nothing can be seen to flicker. */
#ifndef LIGHTS_H
#define LIGHTS_H
#include <stdint.h>

/* Dark. */
void lights_start(void);
/* 0 is dark, 255 all that the light can give. Taken over at the end of a wave, never within it. */
void lights_set(uint8_t light, uint8_t level);
/* Drives each output high and low for some microseconds and reads it back; a bit for each that followed. */
uint8_t lights_test(void);

#endif
