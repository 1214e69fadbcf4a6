#pragma once
#include <linux/poll.h>
#include <signal.h>
#include <time.h>

typedef unsigned int nfds_t;

int poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask);
