#pragma once
#include <linux/mman.h>
#include <sys/types.h>

#define MAP_FAILED ((void *)-1)

int madvise(void *address, size_t size, int advice);
int mlock(const void *address, size_t size);
void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
int munmap(void *address, size_t size);
