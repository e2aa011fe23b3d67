/* Frees a block twice: malloc sees it and aborts. SIGABRT (status 134) after "free(): double free" on stderr. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  char *volatile block = malloc(100);
  char *volatile fence = malloc(100);
  puts("about to free a block twice");
  free(block);
  free(block);
  return fence == NULL;
}
