/*
 * malloc asks in this order: freed memory that is still mapped (the bins), the unused end of the heap (top), and only
 * then the kernel: mmap for a large request, brk for the others; each stands in for the other when it fails.
 */
#include <errno.h>
#include <stdlib.h>

#include "heap.h"

struct malloc_counters __malloc_counters;

static struct chunk *served_by(enum malloc_source source, struct chunk *chunk) {
  if (chunk) {
    __malloc_counters.served[source]++;
    __malloc_counters.last = source;
  }
  return chunk;
}

static struct chunk *reuse(size_t size) {
  struct chunk *chunk = __malloc_bin_take(size);
  if (!chunk) return NULL;
  above(chunk)->head |= BELOW_IN_USE;
  __malloc_shrink(chunk, size);
  return chunk;
}

static struct chunk *from_kernel(size_t request, size_t size) {
  struct chunk *chunk = NULL;
  if (request >= MMAP_THRESHOLD) chunk = served_by(MALLOC_MMAP, __malloc_map(size));
  if (!chunk && __malloc_top_grow(size)) chunk = served_by(MALLOC_BRK, __malloc_top_take(size));
  return chunk;
}

void *malloc(size_t request) {
  if (request > PTRDIFF_MAX) {
    errno = ENOMEM;
    return NULL;
  }
  size_t size = chunk_size_for(request);
  struct chunk *chunk = served_by(MALLOC_REUSE, reuse(size));
  if (!chunk) chunk = served_by(MALLOC_TOP, __malloc_top_take(size));
  if (!chunk) chunk = from_kernel(request, size);
  if (chunk) return memory_of(chunk);
  errno = ENOMEM;
  return NULL;
}
