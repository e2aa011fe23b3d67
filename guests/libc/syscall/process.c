/* The process itself: who it is, signals to it, its end. */
#include <signal.h>
#include <unistd.h>

#include "syscall.h"

pid_t getpid(void) {
  return syscall1(SYS_getpid, 0);
}

int kill(pid_t pid, int signal) {
  return __syscall_result(syscall3(SYS_kill, pid, signal, 0));
}

int raise(int signal) {
  return kill(getpid(), signal);
}

void _exit(int status) {
  for (;;) syscall1(SYS_exit_group, status);
}
