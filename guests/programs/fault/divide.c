/* Divides by zero: #DE at the DIV itself. SIGFPE, CR2 unchanged. */
#include <stdio.h>

int main(int argc, char **argv) {
  volatile int zero = 0;
  puts("about to divide by zero");
  (void)argv;
  return argc / zero;
}
