/* open(2) and its flags, Linux/i386 values. */
#ifndef FCNTL_H
#define FCNTL_H

#include <sys/types.h>

#define O_RDONLY 00
#define O_WRONLY 01
#define O_RDWR 02
#define O_CREAT 0100
#define O_EXCL 0200
#define O_TRUNC 01000
#define O_APPEND 02000

/** Opens `path`; returns a descriptor, or -1 with errno. `mode` is read only with O_CREAT. */
int open(const char *path, int flags, ...);

#endif
