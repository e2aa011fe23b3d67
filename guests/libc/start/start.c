/* From the kernel's stack to main: finds argv, the environment, the auxiliary vector; exits with main's status. */
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

int main(int argc, char **argv, char **envp);

char **environ;
const struct auxv *__auxv;

__attribute__((noreturn)) void __libc_start(long *stack) {
  int argc = stack[0];
  char **argv = (char **)(stack + 1);
  environ = argv + argc + 1;
  char **after = environ;
  while (*after) after++;
  __auxv = (const struct auxv *)(after + 1);
  exit(main(argc, argv, environ));
}
