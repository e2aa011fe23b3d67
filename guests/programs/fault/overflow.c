/* Writes past the end of a block, over the size of the next one: malloc sees it at that block's free and aborts.
   SIGABRT (status 134) after a message on stderr that begins with "free(): ". */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  char *volatile block = malloc(24), *volatile next = malloc(24);
  puts("about to write 16 bytes past the end of a block");
  memset(block, 'A', malloc_usable_size(block) + 16);
  free(next);
  return 0;
}
