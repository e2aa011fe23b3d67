/* Writes to its own code, which is mapped read-only. SIGSEGV, CR2 = main, error 7 (write, user, present). */
#include <stdio.h>

int main(void) {
  unsigned char *volatile p = (unsigned char *)main;
  printf("about to write a byte to the text of main at %p\n", (void *)p);
  *p = 0xcc;
  return 0;
}
