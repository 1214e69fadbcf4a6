#pragma once
#include <linux/stat.h>
#include <sys/types.h>
#include <time.h>

#ifdef __aarch64__
struct stat {
    dev_t st_dev;
    ino_t st_ino;
    mode_t st_mode;
    nlink_t st_nlink;
    uid_t st_uid;
    gid_t st_gid;
    dev_t st_rdev;
    unsigned long padding1;
    off_t st_size;
    int st_blksize;
    int padding2;
    long st_blocks;
    struct timespec st_atim;
    struct timespec st_mtim;
    struct timespec st_ctim;
    unsigned int unused[2];
};
_Static_assert(sizeof(struct stat) == 128, "bionic's layout");
#else
struct stat {
    dev_t st_dev;
    ino_t st_ino;
    unsigned long st_nlink;
    mode_t st_mode;
    uid_t st_uid;
    gid_t st_gid;
    unsigned int padding;
    dev_t st_rdev;
    off_t st_size;
    long st_blksize;
    long st_blocks;
    struct timespec st_atim;
    struct timespec st_mtim;
    struct timespec st_ctim;
    long unused[3];
};
_Static_assert(sizeof(struct stat) == 144, "bionic's layout");
#endif

int chmod(const char *path, mode_t mode);
int fchmod(int fd, mode_t mode);
int fstat(int fd, struct stat *status);
int lstat(const char *path, struct stat *status);
int mkdir(const char *path, mode_t mode);
int stat(const char *path, struct stat *status);
