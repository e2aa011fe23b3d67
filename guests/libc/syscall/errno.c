/* From the kernel's way to report an error (a small negative number) to that of C (-1 and errno). */
#include <errno.h>

#include "syscall.h"

int errno; /* one thread, so a plain variable */

long __syscall_result(long result) {
  if ((unsigned long)result < -4095UL) return result;
  errno = -result;
  return -1;
}
