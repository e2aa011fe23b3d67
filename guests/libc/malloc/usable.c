/* How much of a block may be used: sizes are rounded up, so often more than was asked for. */
#include <malloc.h>

#include "heap.h"

size_t malloc_usable_size(const void *memory) {
  return memory ? usable(chunk_of(memory)) : 0;
}
