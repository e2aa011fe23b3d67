#include <errno.h>

#include "syscall.h"

int errno; /* one thread, so a plain variable */

long __syscall_result(long result) {
  if ((unsigned long)result < -4095UL) return result;
  errno = -result;
  return -1;
}
