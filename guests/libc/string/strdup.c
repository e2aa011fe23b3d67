/* The one string function that needs malloc; apart, so that the others do not bring it in. */
#include <stdlib.h>
#include <string.h>

char *strdup(const char *s) {
  size_t size = strlen(s) + 1;
  char *copy = malloc(size);
  return copy ? memcpy(copy, s, size) : NULL;
}
