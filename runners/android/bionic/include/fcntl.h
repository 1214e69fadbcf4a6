#pragma once
#include <linux/fcntl.h>
#include <sys/types.h>

int open(const char *path, int flags, ...);
int openat(int folder, const char *path, int flags, ...);
int fcntl(int fd, int command, ...);
