/* Zeroed memory: cleared by hand, unless it is fresh from the kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

void *calloc(size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) {
    errno = ENOMEM;
    return NULL;
  }
  void *memory = malloc(total);
  /* A mapping of its own is fresh from the kernel, and zero; the heap is not. */
  if (memory && !is_mapped(chunk_of(memory))) memset(memory, 0, total);
  return memory;
}
