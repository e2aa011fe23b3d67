/* Splits a string in place into the words between separators. */
#include <string.h>

char *strtok(char *text, const char *separators) {
  static char *rest; /* where the next call goes on, as the standard wants it */
  if (text) rest = text;
  if (!rest) return NULL;
  while (*rest && strchr(separators, *rest)) rest++;
  if (!*rest) return rest = NULL;
  char *token = rest;
  rest = strpbrk(token, separators);
  if (rest) *rest++ = 0;
  return token;
}
