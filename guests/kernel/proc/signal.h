/* Signals. */
#pragma once
#include "task.h"

/** A signal waits that is not blocked: sleeping is over. */
int signal_pending(const struct task *task);
