/* The read of real/peek.c, under paging: the same address, 0x02ad. SIGSEGV, CR2 = 0x000002ad, error 4. */
#include <stdio.h>

int main(void) {
  int *volatile p = (int *)0x02ad;
  puts("about to read *(int *)0x02ad");
  return *p;
}
