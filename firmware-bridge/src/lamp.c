#include "lamp.h"
#include "flash.h"
#include "lamp-table.h"

static const rhythm_t *rhythm(uint8_t pattern, uint8_t steady, uint8_t light) { return &lamp_table[steady ? 1 : 0][pattern][light]; }

uint8_t lamp_has(uint32_t pattern) { return pattern < LAMP_PATTERNS; }

uint8_t lamp_dark_pattern(void) { return LAMP_DARK; }

uint8_t lamp_flashes(uint8_t pattern, uint8_t steady) {
  for (uint8_t light = 0; light < LIGHTS; light++) {
    if (FLASH_WORD(&rhythm(pattern, steady, light)->period_ms) != 0) return 1;
  }
  return 0;
}

uint8_t lamp_level(uint8_t pattern, uint8_t steady, uint8_t light, uint16_t phase_ms) {
  const rhythm_t *row = rhythm(pattern, steady, light);
  uint8_t level = FLASH_BYTE(&row->level);
  uint16_t period_ms = FLASH_WORD(&row->period_ms);
  if (period_ms == 0) return level;
  uint16_t at_ms = phase_ms % period_ms;
  for (uint8_t i = 0; i < 2; i++) {
    if (at_ms >= FLASH_WORD(&row->from_ms[i]) && at_ms < FLASH_WORD(&row->to_ms[i])) return level;
  }
  return 0;
}
