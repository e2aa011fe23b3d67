/* Each call a row: what was called, what it answered, and why not. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A pointer or a large number is just that it is none of the small ones. */
#define ROW(call)                                                                                             \
  do {                                                                                                        \
    errno = 0;                                                                                                \
    long answer_ = (long)(call);                                                                              \
    printf("%-60s %ld %s\n", #call, answer_, answer_ == -1 ? strerror(errno) : "");                            \
    fflush(stdout);                                                                                           \
  } while (0)
/* Of calls whose answer may be any descriptor. */
#define OPENS(call) ROW((call) >= 0 ? 0 : -1)
