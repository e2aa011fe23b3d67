/* The integer types of the i386 system calls. */
#ifndef SYS_TYPES_H
#define SYS_TYPES_H

#include <stddef.h>

typedef int ssize_t;
typedef long off_t; /* 32 bits: files beyond 2 GiB are not modelled */
typedef int pid_t;
typedef unsigned int mode_t;

#endif
