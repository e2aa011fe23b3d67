/* The disorderly end: SIGABRT, nothing flushed, no atexit function called. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

void abort(void) {
  raise(SIGABRT);
  _exit(128 + SIGABRT); /* a kernel without kill(2): at least the status a shell would show */
}
