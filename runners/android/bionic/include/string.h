#pragma once
#include <stddef.h>

void *memchr(const void *data, int c, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memcpy(void *to, const void *from, size_t size);
void *memmem(const void *data, size_t size, const void *needle, size_t needle_size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *data, int c, size_t size);
char *stpcpy(char *to, const char *from);
int strcasecmp(const char *a, const char *b);
char *strcat(char *to, const char *from);
char *strchr(const char *text, int c);
int strcmp(const char *a, const char *b);
char *strcpy(char *to, const char *from);
size_t strcspn(const char *text, const char *stop);
char *strdup(const char *text);
char *strerror(int number);
size_t strlcpy(char *to, const char *from, size_t size);
size_t strlen(const char *text);
int strncasecmp(const char *a, const char *b, size_t size);
int strncmp(const char *a, const char *b, size_t size);
char *strncpy(char *to, const char *from, size_t size);
char *strndup(const char *text, size_t size);
size_t strnlen(const char *text, size_t size);
char *strrchr(const char *text, int c);
size_t strspn(const char *text, const char *accept);
char *strstr(const char *text, const char *needle);
char *strtok_r(char *text, const char *separators, char **rest);
