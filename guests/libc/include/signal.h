/* Signal numbers of Linux/i386, as they appear in a wait status, and the two calls abort() needs. */
#ifndef SIGNAL_H
#define SIGNAL_H

#include <sys/types.h>

#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGSEGV 11

int kill(pid_t pid, int signal);
int raise(int signal);

#endif
