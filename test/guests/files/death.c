/* Dies by the signal that argv[1] asks for. */
#include "rows.h"

static void die(const char *how) {
  pid_t self = getpid();
  int ends[2];
  if (!strcmp(how, "raise")) raise(SIGSEGV);
  if (!strcmp(how, "abort")) abort();
  if (!strcmp(how, "kill")) kill(self, SIGSEGV);
  if (!strcmp(how, "alarm")) alarm(1);
  if (!strcmp(how, "pipe") && !pipe(ends) && !close(ends[0])) write(ends[1], "x", 1);
  if (!strcmp(how, "parent") && !fork()) {
    kill(self, SIGSEGV);
    _exit(0);
  }
  if (!strcmp(how, "child") && (self = fork())) {
    kill(self, SIGSEGV);
    wait(NULL);
    exit(0);
  }
  for (;;) pause();
}

int main(int argc, char **argv) {
  die(argv[1]);
  return 0;
}
