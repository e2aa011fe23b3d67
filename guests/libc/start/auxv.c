/* Looks into the auxiliary vector that start.c found. */
#include <errno.h>
#include <sys/auxv.h>

unsigned long getauxval(unsigned long type) {
  for (const struct auxv *entry = __auxv; entry->type != AT_NULL; entry++) {
    if (entry->type == type) return entry->value;
  }
  errno = ENOENT;
  return 0;
}
