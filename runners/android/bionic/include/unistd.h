#pragma once
#include <sys/types.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4
#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif
#define _SC_PAGESIZE 0x0027
#define _SC_NPROCESSORS_CONF 0x0060
#define _SC_NPROCESSORS_ONLN 0x0061

int access(const char *path, int mode);
unsigned int alarm(unsigned int seconds);
int chdir(const char *path);
int close(int fd);
int dup(int fd);
int dup2(int fd, int to);
void _exit(int status) __attribute__((__noreturn__));
int fdatasync(int fd);
int fsync(int fd);
int ftruncate(int fd, off_t size);
char *getcwd(char *path, size_t size);
pid_t getpid(void);
pid_t getppid(void);
pid_t gettid(void);
uid_t getuid(void);
int isatty(int fd);
off_t lseek(int fd, off_t offset, int whence);
int pause(void);
int pipe(int fds[2]);
int pipe2(int fds[2], int flags);
ssize_t pread(int fd, void *data, size_t size, off_t offset);
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset);
ssize_t read(int fd, void *data, size_t size);
ssize_t readlink(const char *path, char *target, size_t size);
long syscall(long number, ...);
long sysconf(int name);
int unlink(const char *path);
int usleep(unsigned int microseconds);
ssize_t write(int fd, const void *data, size_t size);
