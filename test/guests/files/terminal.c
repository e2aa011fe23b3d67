/* Reads of a terminal in the mode argv[1] asks for, shown with what is not printable as escapes. */
#include "rows.h"
#include <sys/ioctl.h>
#include <termios.h>

static void show(int newline) {
  unsigned char b[100];
  int got = read(0, b, sizeof b);
  printf("[");
  for (int i = 0; i < got; i++) printf(b[i] == '\n' ? "\\n" : b[i] < 0x20 || b[i] == 0x7f ? "\\x%02x" : "%c", b[i]);
  printf(newline ? "]\n" : "]");
  fflush(stdout);
}

static void on_signal(int number) {
  char text[20];
  write(1, text, sprintf(text, "signal %d\n", number));
  _exit(0);
}

int main(int argc, char **argv) {
  struct termios t;
  struct winsize w;
  if (!strcmp(argv[1], "cooked")) show(1);
  if (!strcmp(argv[1], "signal")) {
    signal(SIGINT, on_signal);
    signal(SIGQUIT, on_signal);
    write(1, "> ", 2);
    pause();
  }
  if (!strcmp(argv[1], "raw") || !strcmp(argv[1], "time")) {
    tcgetattr(0, &t);
    cfmakeraw(&t);
    t.c_cc[VMIN] = argv[1][0] == 'r' ? 4 : 0;
    t.c_cc[VTIME] = argv[1][0] == 'r' ? 0 : 2;
    tcsetattr(0, TCSAFLUSH, &t);
    write(1, "> ", 2);
    show(0);
  }
  if (!strcmp(argv[1], "facts")) {
    ioctl(0, TIOCGWINSZ, &w);
    printf("%d %d %d %d %d %s\n", w.ws_row, w.ws_col, isatty(0), isatty(2), tcgetpgrp(0), ttyname(0));
  }
  if (!strcmp(argv[1], "none")) {
    printf("%d %d %d\n", isatty(0), isatty(1), isatty(2));
    for (int i = 0; i < 3; i++) show(1);
  }
  return 0;
}
