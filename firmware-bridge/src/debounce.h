/* A contact that must be steady before it is believed. Pure. */
#ifndef DEBOUNCE_H
#define DEBOUNCE_H
#include <stdint.h>

typedef struct {
  uint8_t raw;
  uint32_t since_ms;
  uint8_t known;
  uint8_t state;
} debounce_t;

void debounce_step(debounce_t *contact, uint8_t raw, uint32_t now_ms, uint16_t steady_ms);

#endif
