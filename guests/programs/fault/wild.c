/* Writes to an address nobody mapped. SIGSEGV, CR2 = 0xdeadbeef, error 6 (write, user, not present). */
#include <stdio.h>

int main(void) {
  int *volatile p = (int *)0xdeadbeef;
  puts("about to write *(int *)0xdeadbeef = 42");
  *p = 42;
  return 0;
}
