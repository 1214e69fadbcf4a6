#pragma once
#include <linux/uio.h>
#include <sys/types.h>

ssize_t writev(int fd, const struct iovec *parts, int count);
