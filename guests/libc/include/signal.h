/* Signals: their numbers, and the two calls abort() needs. */
#ifndef SIGNAL_H
#define SIGNAL_H

#include <sys/types.h>

#include "../../abi/signal.h"

int kill(pid_t pid, int signal);
int raise(int signal);

#endif
