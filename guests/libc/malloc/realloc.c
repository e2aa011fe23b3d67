/*
 * A block changes its size: in place when it shrinks or when the memory above it is free, by moving its pages when it
 * has a mapping of its own, else by a copy. Only a copy counts as a request in __malloc_counters.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

/* Takes in what lies above until the chunk holds `size`; 0 when that is in use or too small. */
static int grow_in_place(struct chunk *chunk, size_t size) {
  struct chunk *next = above(chunk);
  size_t have = size_of(chunk);
  if (next == __malloc_heap.top) {
    if (have + size_of(next) < size) return 0;
    __malloc_top_take(size - have);
    set_size(chunk, size);
    return 1;
  }
  if (in_use(next) || have + size_of(next) < size) return 0;
  __malloc_bin_remove(next);
  set_size(chunk, have + size_of(next));
  above(chunk)->head |= BELOW_IN_USE;
  return 1;
}

static void *move(struct chunk *chunk, size_t request) {
  void *memory = malloc(request);
  if (!memory) return NULL;
  size_t old = usable(chunk);
  memcpy(memory, memory_of(chunk), old < request ? old : request);
  free(memory_of(chunk));
  return memory;
}

void *realloc(void *memory, size_t request) {
  if (!memory) return malloc(request);
  if (request == 0) {
    free(memory);
    return NULL;
  }
  struct chunk *chunk = __malloc_check("realloc", memory);
  if (request > PTRDIFF_MAX) {
    errno = ENOMEM;
    return NULL;
  }
  size_t size = chunk_size_for(request);
  if (is_mapped(chunk)) {
    struct chunk *moved = request >= MMAP_THRESHOLD ? __malloc_remap(chunk, size) : NULL;
    return moved ? memory_of(moved) : move(chunk, request);
  }
  if (size_of(chunk) < size && !grow_in_place(chunk, size)) return move(chunk, request);
  __malloc_shrink(chunk, size);
  return memory;
}
