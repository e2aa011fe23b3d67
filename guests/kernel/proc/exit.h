/* The end of tasks and processes. */
#pragma once
#include "../types.h"

struct process;
struct signal_info;

/** Ends the process, with all its threads. `wait_status` as wait(2) encodes it. */
void end_process(u32 wait_status) __attribute__((noreturn));
/** Ends this thread; the process with it when it is the last. */
void end_task(u32 wait_status) __attribute__((noreturn));
/** Ends the process by a signal that has no handler; when an exception is behind it, the log says which and where. */
void end_by_signal(const struct signal_info *info) __attribute__((noreturn));
/** What the process is about to be ended by, for who looks on (inspect.h); the first reason counts. */
void note_death(struct process *process, const struct signal_info *info, int is_fault);
/** One line: how the process ended. */
void log_end(u32 wait_status);
