/*
 * Turns the wall clock of one process back to 2 January 1970, until a file is there: a machine that has lost its time with its power, and is then set.
 * Durations (CLOCK_MONOTONIC) stay as they are. Preloaded (ld.so(8), LD_PRELOAD); CLOCK_SET names the file.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const time_t second_of_january = 86400;

static time_t shown(time_t now) {
  static time_t started = 0;
  const char *set = getenv("CLOCK_SET");
  if (started == 0) started = now;
  if (set != NULL && access(set, F_OK) == 0) return now;
  return second_of_january + (now - started);
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int outcome = real(clock, at);
  if (outcome == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec = shown(at->tv_sec);
  return outcome;
}

int gettimeofday(struct timeval *at, void *zone) {
  struct timespec precise;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  at->tv_sec = precise.tv_sec;
  at->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (at != NULL) *at = precise.tv_sec;
  return precise.tv_sec;
}
