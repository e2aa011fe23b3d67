/* setitimer: timers of a process that end in a signal. */
#pragma once
#include "timer.h"

struct process;

enum { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };

struct alarm {
    struct timer timer;        /* ITIMER_REAL */
    struct process *process;
    u64 interval;              /* of the next one; 0: none */
    struct { u64 at, interval; } cpu[2];   /* the others: when the process has used so much time; 0: not set */
};

/** At the end of the process. */
void alarms_cancel(struct process *process);
/** Some of them count processor time: the timer is to look every slice. */
int cpu_alarms_set(const struct process *process);
void cpu_alarms_check(void);
