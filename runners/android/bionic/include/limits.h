#pragma once
/* The system's part; the compiler has a header of this name for the rest. */
#if __has_include_next(<limits.h>)
#include_next <limits.h>
#endif
#define SSIZE_MAX LONG_MAX
#define PATH_MAX 4096
#define NAME_MAX 255
#define IOV_MAX 1024
