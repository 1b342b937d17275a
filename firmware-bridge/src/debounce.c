#include "debounce.h"

void debounce_step(debounce_t *contact, uint8_t raw, uint32_t now_ms, uint16_t steady_ms) {
  if (raw != contact->raw) {
    contact->raw = raw;
    contact->since_ms = now_ms;
  }
  if (now_ms - contact->since_ms < steady_ms) return;
  contact->known = 1;
  contact->state = raw;
}
