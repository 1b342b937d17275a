/* CRC-16/MCRF4XX: polynomial 1021 reflected, first value FFFF. The check of "123456789" is 6F91. */
#ifndef CRC_H
#define CRC_H
#include <stdint.h>

#define CRC_START 0xFFFFU

/* The same steps as avr-libc's `_crc_ccitt_update`, so that host and microcontroller run one piece of code. */
static inline uint16_t crc_next(uint16_t crc, uint8_t byte) {
  byte ^= (uint8_t)crc;
  byte ^= (uint8_t)(byte << 4);
  return (uint16_t)((((uint16_t)byte << 8) | (crc >> 8)) ^ (uint8_t)(byte >> 4) ^ ((uint16_t)byte << 3));
}

#endif
