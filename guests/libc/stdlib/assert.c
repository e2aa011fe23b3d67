/* What a failed assert does: says where, then aborts. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void __assert_failed(const char *condition, const char *file, int line, const char *function) {
  fflush(stdout);
  fprintf(stderr, "%s:%d: %s: assertion `%s' failed\n", file, line, function, condition);
  abort();
}
