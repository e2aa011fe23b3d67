/* Reads through a null pointer: page 0 is never mapped. SIGSEGV, CR2 = 0, error 4 (read, user, not present). */
#include <stdio.h>

int main(void) {
  int *volatile p = NULL;
  puts("about to read *(int *)0");
  return *p;
}
