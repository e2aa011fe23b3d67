/* The kernel's own voice: debug console (port E9h) and text screen, never COM1 or COM2. */
#pragma once
#include "types.h"

struct trap_frame;

void log_init(void);
/** Turns everything but panics on or off: `log=` in boot/cmdline. */
void log_enable(int on);
/** One line, "[kernel] " before it. */
void log_line(const char *form, ...) __attribute__((format(printf, 1, 2)));
/** Stops the machine: registers to the log, 0xDEAD to the exit port. `frame` may be NULL. */
void panic(const struct trap_frame *frame, const char *form, ...) __attribute__((noreturn, format(printf, 2, 3)));
/** Ends the run with a wait status. Memory and page tables stay as they are, for whoever looks. */
void end_run(u32 wait_status) __attribute__((noreturn));
