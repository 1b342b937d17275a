/*
 * Runs the bridge's program in simavr, its UART on a pseudo-terminal, for tests through a real serial port.
 *
 *   simavr-host PROGRAM.hex [SPEED]
 *
 * It first says `pty /dev/pts/N` and waits for `go`. Then it reads lines like `@13860 hook 0`: at 13860 ms of the microcontroller's own time, so that a
 * story is exact at any speed. A moment that is past is now. What it knows:
 *
 *   ring HZ MS   the ring detector pulses so often for so long
 *   hook 0|1     loop current    seat 0|1   the contact
 *   reset        the reset line  quit       the end, as does the end of the input
 *
 * It says `<ms> lamp LEFT MIDDLE RIGHT` (0 to 255) on each change, and `<ms> done ...` for each command it has obeyed.
 */
#include <fcntl.h>
#include <poll.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/parts/uart_pty.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_hex.h>
#include <simavr/sim_time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CYCLES_PER_MS 16000.0
#define FLASH_BYTES 32768
#define COMMANDS_MAX 256
#define COMMAND_BYTES 64
/* After a stall it catches up in such steps, so that what it hears does not all come at one moment. */
#define STEP_MS 2.0
#define MCUSR 0x54
#define OCR1AL 0x88
#define OCR1BL 0x8A
#define OCR2A 0xB3
#define RESET_BY_LINE 2

/* PD2, PD3, PD4 */
enum { RING, HOOK, SEAT, PINS };
#define FIRST_PIN 2

typedef struct {
  double at_ms;
  char text[COMMAND_BYTES];
} command_t;

static avr_t *avr;
static uart_pty_t pty;
static avr_irq_t *pins[PINS];
static uint32_t high[PINS] = {1, 1, 1};
static command_t commands[COMMANDS_MAX];
static int waiting;
static int levels[3];
static double ring_until_ms;
static int ring_half_us, ring_low, over;

static double now_ms(void) { return (double)avr->cycle / CYCLES_PER_MS; }

static double wall_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void level_changed(struct avr_irq_t *irq, uint32_t value, void *light) {
  (void)irq;
  int *level = light;
  if (*level == (int)value) return;
  *level = (int)value;
  printf("%.2f lamp %d %d %d\n", now_ms(), levels[0], levels[1], levels[2]);
}

/* What pulls at the pins must also be told to the port: else its pull-ups would win as soon as they are switched on. */
static void pull_all(void) {
  avr_ioport_external_t port = {.name = 'D'};
  for (int pin = 0; pin < PINS; pin++) {
    port.mask |= 1 << (FIRST_PIN + pin);
    port.value |= high[pin] << (FIRST_PIN + pin);
    avr_raise_irq(pins[pin], high[pin]);
  }
  avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL('D'), &port);
}

static void pull(int pin, int low) {
  high[pin] = !low;
  pull_all();
}

static avr_cycle_count_t ring_edge(avr_t *a, avr_cycle_count_t when, void *unused) {
  (void)unused;
  ring_low = !ring_low;
  if (ring_low && now_ms() >= ring_until_ms) ring_low = ring_until_ms = 0;
  pull(RING, ring_low);
  return ring_until_ms > 0 ? when + avr_usec_to_cycles(a, (uint32_t)ring_half_us) : 0;
}

static void obey(const char *text) {
  char word[16] = "";
  int one = 0, two = 0;
  sscanf(text, "%15s %d %d", word, &one, &two);
  if (!strcmp(word, "hook")) pull(HOOK, one);
  else if (!strcmp(word, "seat")) pull(SEAT, one);
  else if (!strcmp(word, "quit")) over = 1;
  else if (!strcmp(word, "ring") && one > 0) {
    int already = ring_until_ms > 0;
    ring_half_us = 500000 / one;
    ring_until_ms = now_ms() + two;
    if (!already) avr_cycle_timer_register_usec(avr, 1, ring_edge, NULL);
  } else if (!strcmp(word, "reset")) {
    avr_reset(avr);
    avr->data[MCUSR] = RESET_BY_LINE;
    pull_all();
  } else {
    printf("%.2f unknown %s\n", now_ms(), text);
    return;
  }
  printf("%.2f done %s\n", now_ms(), text);
}

/* In the order of their moments; those of one moment in the order in which they came. */
static void keep(const char *line) {
  command_t command = {0};
  if (sscanf(line, "@%lf %63[^\n]", &command.at_ms, command.text) != 2) {
    command.at_ms = 0;
    snprintf(command.text, sizeof command.text, "%s", line);
  }
  if (waiting == COMMANDS_MAX) {
    printf("%.2f full %s\n", now_ms(), line);
    return;
  }
  int place = waiting++;
  for (; place > 0 && commands[place - 1].at_ms > command.at_ms; place--) commands[place] = commands[place - 1];
  commands[place] = command;
}

/* Lines from the input, without waiting; `first` is called for each. */
static void read_input(void (*first)(const char *)) {
  static char buffer[4096];
  static size_t length;
  ssize_t got = read(STDIN_FILENO, buffer + length, sizeof buffer - 1 - length);
  if (got == 0) over = 1;
  if (got <= 0) return;
  length += (size_t)got;
  buffer[length] = 0;
  for (char *end; (end = strchr(buffer, '\n'));) {
    *end = 0;
    first(buffer);
    length -= (size_t)(end + 1 - buffer);
    memmove(buffer, end + 1, length + 1);
  }
}

static int go;
static void before_go(const char *line) {
  if (!strcmp(line, "go")) go = 1;
  else keep(line);
}

static void run_to(double until_ms) {
  while (now_ms() < until_ms) {
    int state = avr_run(avr);
    if (state == cpu_Done || state == cpu_Crashed) {
      printf("%.2f crashed\n", now_ms());
      fflush(stdout);
      _exit(2);
    }
  }
}

static void no_real_sleep(avr_t *a, avr_cycle_count_t how_long) {
  (void)a;
  (void)how_long;
}

static void wire(void) {
  uint32_t flags = 0;
  avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
  flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  uart_pty_init(avr, &pty);
  uart_pty_connect(&pty, '0');
  for (int pin = 0; pin < PINS; pin++) pins[pin] = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), FIRST_PIN + pin);
  pull_all();
  /* simavr tells of no duty in phase-correct mode: the registers are watched instead. */
  static const avr_io_addr_t compare[] = {OCR1AL, OCR1BL, OCR2A};
  for (int light = 0; light < 3; light++) {
    avr_irq_register_notify(avr_iomem_getirq(avr, compare[light], NULL, AVR_IOMEM_IRQ_ALL), level_changed, &levels[light]);
  }
}

int main(int count, char **words) {
  double speed = count > 2 ? atof(words[2]) : 1;
  uint32_t size = 0, base = 0;
  uint8_t *program = count > 1 ? read_ihex_file(words[1], &size, &base) : NULL;
  avr = avr_make_mcu_by_name("atmega328p");
  if (!program || !avr || base + size > FLASH_BYTES || speed <= 0) {
    fprintf(stderr, "usage: simavr-host PROGRAM.hex [SPEED]\n");
    return 1;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  avr_init(avr);
  avr->frequency = 16000000;
  memcpy(avr->flash + base, program, size);
  avr->pc = base;
  avr->codeend = avr->flashend;
  avr->sleep = no_real_sleep;
  avr->log = LOG_ERROR;
  wire();
  printf("pty %s\n", pty.pty.slavename);
  while (!go && !over) read_input(before_go);
  fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
  double started_ms = wall_ms();
  while (!over) {
    double until_ms = (wall_ms() - started_ms) * speed;
    if (until_ms > now_ms() + STEP_MS) until_ms = now_ms() + STEP_MS;
    if (waiting > 0 && commands[0].at_ms < until_ms) until_ms = commands[0].at_ms;
    run_to(until_ms);
    while (waiting > 0 && commands[0].at_ms <= now_ms() && !over) {
      command_t command = commands[0];
      memmove(commands, commands + 1, (size_t)--waiting * sizeof *commands);
      obey(command.text);
    }
    read_input(keep);
    if (now_ms() >= (wall_ms() - started_ms) * speed) {
      struct pollfd input = {STDIN_FILENO, POLLIN, 0};
      poll(&input, 1, 1);
    }
  }
  fflush(stdout);
  /* The pseudo-terminal's own way to stop ends its thread with SIGINT, and with it this process. */
  _exit(0);
}
