/*
 * The program break. The kernel's brk never fails with an error number: it answers where the break is now, which is
 * the old place when the new one was refused. The kernel is asked each time, so a foreign brk cannot confuse us.
 */
#include <errno.h>
#include <unistd.h>

#include "syscall.h"

int brk(void *end) {
  if ((void *)syscall1(SYS_brk, (long)end) == end) return 0;
  errno = ENOMEM;
  return -1;
}

void *sbrk(intptr_t increment) {
  char *old = (char *)syscall1(SYS_brk, 0);
  if (increment == 0) return old;
  char *wanted = old + increment;
  int wraps = increment > 0 ? wanted < old : wanted > old;
  if (wraps || brk(wanted) < 0) {
    errno = ENOMEM;
    return (void *)-1;
  }
  return old;
}
