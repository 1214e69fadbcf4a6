#pragma once
#include <sys/types.h>

#define CPU_SETSIZE 1024
#define CPU_BITS_PER_WORD (8 * sizeof(unsigned long))
#define CPU_WORD(cpu, set) ((set)->bits[(size_t)(cpu) / CPU_BITS_PER_WORD])
#define CPU_BIT(cpu) (1UL << ((size_t)(cpu) % CPU_BITS_PER_WORD))
#define CPU_ZERO(set) __builtin_memset((set), 0, sizeof(cpu_set_t))
#define CPU_SET(cpu, set) (CPU_WORD(cpu, set) |= CPU_BIT(cpu))
#define CPU_CLR(cpu, set) (CPU_WORD(cpu, set) &= ~CPU_BIT(cpu))
#define CPU_ISSET(cpu, set) ((CPU_WORD(cpu, set) & CPU_BIT(cpu)) != 0)
#define CPU_COUNT(set) __sched_cpucount(sizeof(cpu_set_t), (set))

typedef struct {
    unsigned long bits[CPU_SETSIZE / CPU_BITS_PER_WORD];
} cpu_set_t;

int __sched_cpucount(size_t bytes, const cpu_set_t *set);
int sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *set);
int sched_setaffinity(pid_t pid, size_t bytes, const cpu_set_t *set);
int sched_getcpu(void);
int sched_yield(void);
