#pragma once
#include <stdlib.h>

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
void __assert2(const char *file, int line, const char *function, const char *condition) __attribute__((__noreturn__));
#define assert(condition) ((condition) ? (void)0 : __assert2(__FILE__, __LINE__, __func__, #condition))
#endif
