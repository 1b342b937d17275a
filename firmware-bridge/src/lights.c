#include "lights.h"
#include "lamp.h"
#include "pins.h"
#include <util/delay.h>

#define LIGHT_BITS (_BV(LEFT_BIT) | _BV(MIDDLE_BIT) | _BV(RIGHT_BIT))
/* Longer than a line of some metres takes to follow, far shorter than anybody can see. */
#define TEST_SETTLE_US 10

static const uint8_t bits[LIGHTS] = {_BV(LEFT_BIT), _BV(MIDDLE_BIT), _BV(RIGHT_BIT)};

static void by_timer(void) {
  TCCR1A = _BV(COM1A1) | _BV(COM1B1) | _BV(WGM10);
  TCCR2A = _BV(COM2A1) | _BV(WGM20);
}

static void by_port(void) {
  TCCR1A = _BV(WGM10);
  TCCR2A = _BV(WGM20);
}

void lights_start(void) {
  PORTB &= (uint8_t)~LIGHT_BITS;
  for (uint8_t light = 0; light < LIGHTS; light++) lights_set(light, 0);
  /* Phase-correct, 8 bits, 16 MHz / 64 / 510: here a level of 0 is dark without any exception. */
  TCCR1B = _BV(CS11) | _BV(CS10);
  TCCR2B = _BV(CS22);
  by_timer();
  DDRB |= LIGHT_BITS;
}

void lights_set(uint8_t light, uint8_t level) {
  if (light == 0) OCR1A = level;
  else if (light == 1) OCR1B = level;
  else OCR2A = level;
}

static uint8_t follows(uint8_t bit) {
  PORTB |= bit;
  _delay_us(TEST_SETTLE_US);
  uint8_t high = PINB & bit;
  PORTB &= (uint8_t)~bit;
  _delay_us(TEST_SETTLE_US);
  return high && !(PINB & bit);
}

uint8_t lights_test(void) {
  uint8_t good = 0;
  by_port();
  for (uint8_t light = 0; light < LIGHTS; light++) {
    if (follows(bits[light])) good |= (uint8_t)(1 << light);
  }
  by_timer();
  return good;
}
