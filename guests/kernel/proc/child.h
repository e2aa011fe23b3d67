/* What a parent hears of its children. */
#pragma once
#include "../types.h"

struct process;

/** The child has ended, stopped or goes on (CLD_): SIGCHLD, and wait() looks again. `status`: exit code or signal. */
void child_changed(struct process *child, s32 code, u32 status);
/** The parent does not want to wait for it: nothing is to be left of it. */
int child_is_unwanted(const struct process *child);
