/* The heap from its first chunk to its end mark, for programs that want to show it. */
#include <malloc.h>

#include "heap.h"

void malloc_walk(void (*visit)(const struct malloc_block *block, void *context), void *context) {
  const struct heap *heap = &__malloc_heap;
  if (!heap->start) return;
  for (struct chunk *chunk = at(heap->start, HEADER); !is_end_mark(chunk); chunk = above(chunk)) {
    struct malloc_block block = {memory_of(chunk), size_of(chunk), BLOCK_IN_USE};
    if (chunk == heap->top) block.state = BLOCK_TOP;
    else if (!in_use(chunk)) block.state = BLOCK_FREE;
    visit(&block, context);
  }
}
