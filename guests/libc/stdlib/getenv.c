/* Looks for NAME=value in the environment. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *getenv(const char *name) {
  size_t length = strlen(name);
  for (char **entry = environ; *entry; entry++) {
    if (!strncmp(*entry, name, length) && (*entry)[length] == '=') return *entry + length + 1;
  }
  return NULL;
}
