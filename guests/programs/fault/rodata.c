/* Writes to a string literal: .rodata is mapped read-only. SIGSEGV, CR2 = the literal, error 7 once it was read. */
#include <stdio.h>

static const char greeting[] = "hello, read-only world";

int main(void) {
  char *volatile p = (char *)greeting;
  printf("about to write 'J' over the 'h' of \"%s\" at %p\n", p, (void *)p);
  *p = 'J';
  return 0;
}
