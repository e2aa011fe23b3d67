/* timer_create: timers of a process by number, each with a signal of its own. */
#pragma once

struct process;

/** At exec and at the end of the process. */
void posix_timers_delete(struct process *process);
