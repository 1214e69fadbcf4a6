/* Calls what a runner calls of the C library and prints what came of it: a program to try builds
 * with. With an argument it writes that many bytes past an allocation. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Aligned as glibc wants it: Android, whose headers the probe may be compiled with, wants less. */
static _Alignas(8) pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Atomic int count;
static volatile sig_atomic_t told;

static void on_signal(int number) { told = number; }

static void *add(void *amount) {
    pthread_mutex_lock(&lock);
    atomic_fetch_add(&count, *(int *)amount);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int added_by_a_thread(void) {
    int amount = 3;
    pthread_t thread;
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, add, &amount);
    while (count == 0) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    return count;
}

static int signal_received(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    raise(SIGTERM);
    return told;
}

static int is_mapped_file_the_file(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) return 0;
    char head[4] = {0};
    char *map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    ssize_t got = read(fd, head, sizeof head);
    int same = map != MAP_FAILED && got == 4 && memcmp(map, head, 4) == 0 &&
               lseek(fd, 0, SEEK_END) == status.st_size && S_ISREG(status.st_mode);
    close(fd);
    return same;
}

static int is_folder_listed(const char *folder, const char *wanted) {
    DIR *dir = opendir(folder);
    int found = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));) found |= !strcmp(entry->d_name, wanted);
    if (dir) closedir(dir);
    return found;
}

static int is_clock_running(void) {
    struct timespec before, after, pause = {0, 1000000};
    clock_gettime(CLOCK_MONOTONIC, &before);
    nanosleep(&pause, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    return (after.tv_sec - before.tv_sec) * INT64_C(1000000000) + after.tv_nsec - before.tv_nsec >= 1000000;
}

static int is_first_cpu_taken(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
    return CPU_COUNT(&set) > 0 && sched_setaffinity(0, sizeof set, &set) == 0;
}

int main(int argc, char **argv) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char *end, *block = malloc(8);
    float half = strtof("2.5", &end);
    if (argc > 1) ((volatile char *)block)[7 + strlen(argv[1])] = 1;
    free(block);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("{\"version\":\"%s\",\"added\":%d,\"signal\":%d,\"mapped\":%d,", LABTUI_VERSION,
           added_by_a_thread(), signal_received(), is_mapped_file_the_file(argv[0]));
    printf("\"listed\":%d,\"clock\":%d,\"affinity\":%d,\"polled\":%d,\"rounded\":%ld,\"finite\":%d,",
           is_folder_listed("/proc/self", "maps"), is_clock_running(), is_first_cpu_taken(),
           poll(&input, 1, -1), lrintf(half), isfinite(half));
    printf("\"missing\":%d,", dlopen("libnothere.so", RTLD_NOW) == NULL && dlerror() != NULL);
    printf("\"errno\":%d}\n", open("/nothing/here", O_RDONLY) < 0 ? errno : 0);
    return 0;
}
