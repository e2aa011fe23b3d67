/* One line to each stream, so that a test can tell them apart. */
#include <stdio.h>

int main(void) {
  fputs("this line is for standard output\n", stdout);
  fputs("this line is for standard error\n", stderr);
  return 0;
}
