/* Signals. */
#include "signal.h"

int signal_pending(const struct task *task)
{
    (void)task;
    return 0;
}
