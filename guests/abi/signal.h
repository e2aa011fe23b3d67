/* Signal numbers of Linux/i386, as they appear in a wait status, for the kernel and the C library alike. */
#pragma once

#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGSEGV 11
