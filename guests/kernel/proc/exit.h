/* The end of tasks and processes. */
#pragma once
#include "../types.h"

struct process;
struct trap_frame;

/** Ends the process, with all its threads. `wait_status` as wait(2) encodes it. */
void end_process(u32 wait_status) __attribute__((noreturn));
/** Ends this thread; the process with it when it is the last. */
void end_task(u32 wait_status) __attribute__((noreturn));
/** Ends the process by a signal, with a line in the log. */
void end_by_signal(u32 signal) __attribute__((noreturn));
/** A signal caused by an exception: one line says which and where. `address` is CR2 for a page fault. */
void end_by_fault(const struct trap_frame *frame, u32 signal, u32 address) __attribute__((noreturn));
