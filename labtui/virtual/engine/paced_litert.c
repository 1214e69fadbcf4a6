/* The engine of a virtual phone: the real libLiteRt.so, slowed down to the phone's speed.
 *
 * This library has one function of its own and the real library as a dependency: whoever opens it
 * and looks up any other function of LiteRT finds the real one. An inference lasts the CPU time
 * that it takes here x the phone's factor, however busy this computer is, so several phones can
 * share a core as long as together they ask for less than one.
 *
 * Compiled with IS_STUCK it computes once, and says that it has computed ever after: the outputs
 * stay what they were.
 *
 * LABTUI_PACE names the page that phone and runner share (labtui/virtual/pace.py); without it
 * nothing is slowed down. LABTUI_MEMORY_LEFT limits the memory to this many bytes more than the
 * process has when the engine is opened. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define ENGINE "libLiteRt.so"
#define NOT_FOUND 3 /* a LiteRtStatus other than kLiteRtStatusOk */
#ifndef IS_STUCK
#define IS_STUCK false
#endif
#define SPIN_NS 30000 /* sleeping is this imprecise; the rest of a wait is spent spinning */
#define TIMER_SLACK_NS 1 /* how late the system may wake a thread to save power; 50 µs by default */
#define NS_PER_S 1000000000

typedef int Run(void *compiled, size_t signature, size_t input_count, void **inputs,
                size_t output_count, void **outputs);

typedef struct {
    volatile double factor; /* written by the phone */
    char other_cache_line[64 - sizeof(double)];
    _Atomic uint64_t busy_ns; /* written here */
} Pace;

static Run *run_really;
static Pace *pace;

static int64_t read_ns(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

static void sleep_until(int64_t deadline_ns) {
    struct timespec deadline = {deadline_ns / NS_PER_S, deadline_ns % NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) != 0) {
    }
}

static void wait_until(int64_t deadline_ns) {
    if (read_ns(CLOCK_MONOTONIC) < deadline_ns - SPIN_NS) sleep_until(deadline_ns - SPIN_NS);
    while (read_ns(CLOCK_MONOTONIC) < deadline_ns) {
    }
}

static void open_pace(const char *path) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    void *page = mmap(NULL, sizeof(Pace), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) pace = page;
    if (file >= 0) close(file);
}

static void limit_memory(rlim_t left_bytes) {
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm == NULL) return;
    if (fscanf(statm, "%lu", &pages) == 1) {
        rlim_t bytes = pages * (rlim_t)sysconf(_SC_PAGESIZE) + left_bytes;
        setrlimit(RLIMIT_AS, &(struct rlimit){bytes, bytes});
    }
    fclose(statm);
}

__attribute__((constructor)) static void prepare(void) {
    const char *path = getenv("LABTUI_PACE"), *left_bytes = getenv("LABTUI_MEMORY_LEFT");
    void *engine = dlopen(ENGINE, RTLD_LAZY | RTLD_NOLOAD); /* it is there: it is a dependency */
    if (engine != NULL) *(void **)&run_really = dlsym(engine, "LiteRtRunCompiledModel");
    if (path != NULL) open_pace(path);
    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS); /* the threads that this one starts inherit it */
    if (left_bytes != NULL) limit_memory(strtoull(left_bytes, NULL, 10));
}

__attribute__((visibility("default"))) int LiteRtRunCompiledModel(void *compiled, size_t signature,
                                                                  size_t input_count, void **inputs,
                                                                  size_t output_count, void **outputs) {
    int64_t start_ns = read_ns(CLOCK_MONOTONIC), cpu_start_ns = read_ns(CLOCK_THREAD_CPUTIME_ID);
    if (run_really == NULL) return NOT_FOUND;
    static int status = NOT_FOUND;
    if (!IS_STUCK || status != 0)
        status = run_really(compiled, signature, input_count, inputs, output_count, outputs);
    if (pace == NULL) return status;
    int64_t cpu_ns = read_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_start_ns;
    int64_t simulated_ns = (int64_t)((double)cpu_ns * pace->factor);
    wait_until(start_ns + simulated_ns);
    atomic_fetch_add_explicit(&pace->busy_ns, (uint64_t)simulated_ns, memory_order_relaxed);
    return status;
}
