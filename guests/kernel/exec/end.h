/* How a process ends. */
#pragma once
#include "../types.h"

struct trap_frame;

/** exit(): the low 8 bits count. */
void end_by_exit(u32 code) __attribute__((noreturn));
void end_by_signal(u32 signal) __attribute__((noreturn));
/** A signal caused by an exception: one line says which and where. `address` is CR2 for a page fault. */
void end_by_fault(const struct trap_frame *frame, u32 signal, u32 address) __attribute__((noreturn));
