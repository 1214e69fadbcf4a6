#pragma once
#include <stdarg.h>
#include <sys/types.h>

#define EOF (-1)
#define BUFSIZ 1024
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2
#define PRINTF_LIKE(format, first) __attribute__((__format__(printf, format, first)))
#define SCANF_LIKE(format, first) __attribute__((__format__(scanf, format, first)))

typedef struct __sFILE FILE;
extern FILE *stdin;
extern FILE *stdout;
extern FILE *stderr;

int fclose(FILE *file);
int feof(FILE *file);
int ferror(FILE *file);
int fflush(FILE *file);
int fgetc(FILE *file);
char *fgets(char *text, int size, FILE *file);
int fileno(FILE *file);
FILE *fdopen(int fd, const char *mode);
FILE *fopen(const char *path, const char *mode);
int fputc(int c, FILE *file);
int fputs(const char *text, FILE *file);
size_t fread(void *data, size_t size, size_t count, FILE *file);
int fseek(FILE *file, long offset, int whence);
int fseeko(FILE *file, off_t offset, int whence);
long ftell(FILE *file);
off_t ftello(FILE *file);
size_t fwrite(const void *data, size_t size, size_t count, FILE *file);
ssize_t getline(char **line, size_t *size, FILE *file);
void perror(const char *text);
int putc(int c, FILE *file);
int putchar(int c);
int puts(const char *text);
int remove(const char *path);
int rename(const char *from, const char *to);
int setvbuf(FILE *file, char *buffer, int mode, size_t size);
int ungetc(int c, FILE *file);
int dprintf(int fd, const char *format, ...) PRINTF_LIKE(2, 3);
int fprintf(FILE *file, const char *format, ...) PRINTF_LIKE(2, 3);
int printf(const char *format, ...) PRINTF_LIKE(1, 2);
int snprintf(char *text, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
int fscanf(FILE *file, const char *format, ...) SCANF_LIKE(2, 3);
int sscanf(const char *text, const char *format, ...) SCANF_LIKE(2, 3);
int vfprintf(FILE *file, const char *format, va_list args) PRINTF_LIKE(2, 0);
int vsnprintf(char *text, size_t size, const char *format, va_list args) PRINTF_LIKE(3, 0);
