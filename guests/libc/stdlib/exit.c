/* The orderly end: functions given to atexit, last first, then the streams, then the kernel. */
#include <stdlib.h>
#include <unistd.h>

static void (*functions[32])(void);
static unsigned count;

/* stdio's own is linked in only with a stream: a program that prints nothing carries no stdio. */
__attribute__((weak)) void __stdio_exit(void) {}

int atexit(void (*function)(void)) {
  if (count == sizeof functions / sizeof *functions) return -1;
  functions[count++] = function;
  return 0;
}

void exit(int status) {
  while (count) functions[--count]();
  __stdio_exit();
  _exit(status);
}
