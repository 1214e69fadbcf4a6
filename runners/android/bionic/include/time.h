#pragma once
#include <linux/time.h>
#include <sys/types.h>

int clock_getres(clockid_t clock, struct timespec *resolution);
int clock_gettime(clockid_t clock, struct timespec *now);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left);
int nanosleep(const struct timespec *duration, struct timespec *left);
time_t time(time_t *now);
