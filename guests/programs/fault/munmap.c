/* Use after unmap: a large block gets a mapping of its own, free returns it at once. SIGSEGV, CR2 = the block,
   error 4 (read, user, not present). */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  int *volatile p = malloc(1 << 20);
  if (!p) return 1;
  *p = 42;
  printf("a block of 1 MiB at %p holds %d; free returns its mapping to the kernel\n", (void *)p, *p);
  free(p);
  printf("about to read %p after free\n", (void *)p);
  return *p;
}
