#pragma once
#include <linux/time.h>
/* The kernel's header needs struct timeval of the one above. */
#include <linux/resource.h>
#include <sys/types.h>

typedef unsigned long rlim_t;

int getpriority(int which, unsigned int who);
int getrlimit(int resource, struct rlimit *limit);
int getrusage(int who, struct rusage *usage);
int setpriority(int which, unsigned int who, int priority);
int setrlimit(int resource, const struct rlimit *limit);
