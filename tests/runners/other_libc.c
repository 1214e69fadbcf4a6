/* Stands in for Android's C library on top of glibc: the entry that programs call, and what has
 * another name or layout. Enough to run a program linked for Android on this machine.
 *
 * Android's programs name symbols without a version, and glibc gives such programs its oldest
 * condition variables, which know no clock; FORWARD leads to those of today. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* A use of the mathematics library, so that it is loaded too. */
long (*const uses_libm)(float) = lrintf;

#ifdef IS_LIBC
struct android_action {
    int flags;
    void (*handler)(int);
    unsigned long mask;
    void (*restorer)(void);
};

int *__errno(void) { return &errno; }

void __libc_init(long *stack, void (*at_exit)(void), int (*start)(int, char **, char **), const void *none) {
    char **argv = (char **)(stack + 1);
    (void)at_exit, (void)none;
    exit(start((int)stack[0], argv, argv + stack[0] + 1));
}

int __sigaction(int number, const struct sigaction *action, struct sigaction *old);

int sigaction(int number, const struct sigaction *given, struct sigaction *old) {
    const struct android_action *wanted = (const void *)given;
    struct sigaction action = {.sa_handler = wanted->handler, .sa_flags = wanted->flags};
    (void)old;
    memcpy(&action.sa_mask, &wanted->mask, sizeof wanted->mask);
    return __sigaction(number, &action, NULL);
}

#define FORWARD(name)                                                             \
    int name(void *cond, void *second, const void *third) {                       \
        int (*real)(void *, void *, const void *) = dlsym(RTLD_NEXT, #name);      \
        return real(cond, second, third);                                         \
    }
FORWARD(pthread_cond_init)
FORWARD(pthread_cond_wait)
FORWARD(pthread_cond_timedwait)
FORWARD(pthread_cond_signal)
FORWARD(pthread_cond_broadcast)
#endif
