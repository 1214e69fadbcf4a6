#pragma once
#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

void abort(void) __attribute__((__noreturn__));
void exit(int status) __attribute__((__noreturn__));
void _Exit(int status) __attribute__((__noreturn__));
int atexit(void (*function)(void));
int abs(int x);
long labs(long x);
long long llabs(long long x);
int atoi(const char *text);
void *bsearch(const void *key, const void *base, size_t count, size_t size, int (*order)(const void *, const void *));
void *calloc(size_t count, size_t size);
void free(void *data);
char *getenv(const char *name);
void *malloc(size_t size);
int posix_memalign(void **data, size_t alignment, size_t size);
void qsort(void *base, size_t count, size_t size, int (*order)(const void *, const void *));
void *realloc(void *data, size_t size);
char *realpath(const char *path, char *resolved);
int setenv(const char *name, const char *value, int overwrite);
double strtod(const char *text, char **end);
float strtof(const char *text, char **end);
long strtol(const char *text, char **end, int base);
long long strtoll(const char *text, char **end, int base);
unsigned long strtoul(const char *text, char **end, int base);
unsigned long long strtoull(const char *text, char **end, int base);
int unsetenv(const char *name);
