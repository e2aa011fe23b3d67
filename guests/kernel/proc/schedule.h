/* Who runs. */
#pragma once
#include "task.h"

/** Lets another task run; comes back when it is our turn. The caller has said what it waits for, or is still ready. */
void schedule(void);
/** Puts a task in the queue of those that want to run. */
void make_ready(struct task *task);
/** The running task's time is over: called by the timer. */
void slice_ended(void);
/** On the way back to the program: gives way when it must; then the answer is 1, and signals may have come meanwhile. */
int give_way(void);
/** Somebody waits for the processor. */
int others_ready(void);
/** The stack of a new task, so that its first run goes to its frame. */
void prepare_first_run(struct task *task);
/** After a switch, on the new stack: frees the task that ended, if that was why. */
void switched(void);
/** Never comes back: the task has ended, and is freed once its stack is out of use. */
void schedule_away(void) __attribute__((noreturn));
