/* What the kernel refuses with, and the signals it ends processes by. */
#pragma once

#include "../abi/errno.h"
#include "../abi/signal.h"

/* Inside the kernel only: the call is to be made again after the signal's handler, if that was set with SA_RESTART. */
#define ERESTARTSYS 512
/* The same, but a handler always makes it -EINTR; and: after no handler, restart_syscall() goes on (proc/signal_deliver.c). */
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516

/** The answer of a system call is one of these three. */
static inline int wants_restart(int answer)
{
    return answer >= -ERESTART_RESTARTBLOCK && answer <= -ERESTARTSYS;
}
