#include <malloc.h>

#include "heap.h"

size_t malloc_usable_size(const void *memory) {
  return memory ? usable(chunk_of(memory)) : 0;
}
