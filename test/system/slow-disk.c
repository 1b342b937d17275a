/*
 * A worn-out card, for LD_PRELOAD: every word that asks for the medium takes FSYNC_MS longer, and none comes back while the file FSYNC_GATE is there.
 * While one waits at the gate there is the file FSYNC_GATE.waiting, so that a test knows that it has something to wait for.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void sleep_ms(long ms) {
  struct timespec time = {ms / 1000, (ms % 1000) * 1000000L};
  nanosleep(&time, NULL);
}

static void wait_for_the_card(void) {
  const char *ms = getenv("FSYNC_MS");
  const char *gate = getenv("FSYNC_GATE");
  char waiting[4096];
  if (ms != NULL) sleep_ms(atol(ms));
  if (gate == NULL || access(gate, F_OK) != 0) return;
  snprintf(waiting, sizeof waiting, "%s.waiting", gate);
  close(open(waiting, O_CREAT | O_WRONLY, 0600));
  while (access(gate, F_OK) == 0) sleep_ms(5);
  unlink(waiting);
}

#define SLOW(name, parameters, given)                                  \
  int name parameters {                                                \
    static int(*real) parameters;                                      \
    if (real == NULL) real = (int(*) parameters)dlsym(RTLD_NEXT, #name); \
    wait_for_the_card();                                               \
    return real given;                                                 \
  }

SLOW(fsync, (int file), (file))
SLOW(fdatasync, (int file), (file))
SLOW(msync, (void *address, size_t length, int flags), (address, length, flags))
