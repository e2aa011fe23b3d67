/* What a signal handler finds on its stack, and the way back from it. */
#pragma once
#include "signal.h"

/** Builds the frame and sets the registers so that the handler runs; `mask` is what sigreturn puts back. 0 or -EFAULT. */
s32 push_signal_frame(struct trap_frame *frame, const struct signal_info *info, const struct action *action, u64 mask);

/* signal_fpu.c */
struct task;

#define FPSTATE_SIZE 624u   /* the old image of 112 bytes, then FXSAVE's */

/** Writes the x87 and SSE registers to the program's memory, struct _fpstate, of which `at` + 112 is a multiple of 16. */
s32 push_fpstate(u32 at);
/** Loads them from there, or what of it can be loaded. 0 or -EFAULT. */
s32 pop_fpstate(u32 at);
