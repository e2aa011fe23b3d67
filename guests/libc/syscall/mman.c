/* Mappings: thin over mmap2, munmap, mprotect, mremap. */
#include <errno.h>
#include <sys/mman.h>

#include "syscall.h"

void *mmap(void *hint, size_t length, int protection, int flags, int fd, off_t offset) {
  /* mmap2 counts the offset in pages: one that is not whole cannot be said, and must not be rounded in silence. */
  if (offset & 4095) {
    errno = EINVAL;
    return MAP_FAILED;
  }
  unsigned long pages = (unsigned long)offset >> 12;
  return (void *)__syscall_result(__syscall6(SYS_mmap2, (long)hint, length, protection, flags, fd, pages));
}

int munmap(void *start, size_t length) {
  return __syscall_result(syscall3(SYS_munmap, (long)start, length, 0));
}

int mprotect(void *start, size_t length, int protection) {
  return __syscall_result(syscall3(SYS_mprotect, (long)start, length, protection));
}

void *mremap(void *start, size_t old_length, size_t new_length, int flags) {
  return (void *)__syscall_result(__syscall6(SYS_mremap, (long)start, old_length, new_length, flags, 0, 0));
}
