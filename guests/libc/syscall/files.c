/* Files by descriptor: thin over the system calls of the same names. */
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "syscall.h"

ssize_t read(int fd, void *buffer, size_t count) {
  return __syscall_result(syscall3(SYS_read, fd, (long)buffer, count));
}

ssize_t write(int fd, const void *buffer, size_t count) {
  return __syscall_result(syscall3(SYS_write, fd, (long)buffer, count));
}

int open(const char *path, int flags, ...) {
  mode_t mode = 0;
  if (flags & O_CREAT) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  return __syscall_result(syscall3(SYS_open, (long)path, flags, mode));
}

int close(int fd) {
  return __syscall_result(syscall1(SYS_close, fd));
}

off_t lseek(int fd, off_t offset, int whence) {
  return __syscall_result(syscall3(SYS_lseek, fd, offset, whence));
}

int unlink(const char *path) {
  return __syscall_result(syscall1(SYS_unlink, (long)path));
}
