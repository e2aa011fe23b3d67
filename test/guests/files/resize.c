/* Says how large its terminal is, at the beginning and at each SIGWINCH, to the end of input. */
#include "rows.h"
#include <sys/ioctl.h>

static void tell(int number) {
  struct winsize size;
  char text[40];
  ioctl(0, TIOCGWINSZ, &size);
  write(1, text, sprintf(text, "%d x %d\n", size.ws_row, size.ws_col));
}

int main(void) {
  char b[10];
  signal(SIGWINCH, tell);
  tell(0);
  while (read(0, b, sizeof b) > 0);
  return 0;
}
