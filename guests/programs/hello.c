/* The way to main, one line, and the way out: a few hundred instructions. */
#include <stdio.h>

int main(void) {
  puts("Hello, world");
  return 0;
}
