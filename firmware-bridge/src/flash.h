/* Tables stay in the flash of a microcontroller, which cannot be read like memory; on a host they are memory. */
#ifndef FLASH_H
#define FLASH_H

#ifdef __AVR__
#include <avr/pgmspace.h>
#define IN_FLASH PROGMEM
#define FLASH_BYTE(place) pgm_read_byte(place)
#define FLASH_WORD(place) pgm_read_word(place)
#else
#define IN_FLASH
#define FLASH_BYTE(place) (*(place))
#define FLASH_WORD(place) (*(place))
#endif

#endif
