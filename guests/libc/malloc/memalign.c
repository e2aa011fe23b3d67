/* Blocks on larger boundaries: a block with room to spare, of which both ends are given back. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "heap.h"

/* Moves the start of a chunk up by `shift`, a multiple of 16, and frees what was in front. */
static struct chunk *cut_front(struct chunk *chunk, size_t shift) {
  struct chunk *moved = at(chunk, shift);
  if (is_mapped(chunk)) {
    moved->prev_size = chunk->prev_size + shift;
    moved->head = (size_of(chunk) - shift) | MAPPED;
    return moved;
  }
  moved->head = (size_of(chunk) - shift) | BELOW_IN_USE;
  set_size(chunk, shift);
  __malloc_release(chunk);
  return moved;
}

void *memalign(size_t alignment, size_t request) {
  if (alignment & (alignment - 1)) {
    errno = EINVAL;
    return NULL;
  }
  if (alignment <= ALIGNMENT) return malloc(request);
  if (alignment > PTRDIFF_MAX || request > PTRDIFF_MAX - alignment) {
    errno = ENOMEM;
    return NULL;
  }
  void *memory = malloc(request + alignment);
  if (!memory) return NULL;
  struct chunk *chunk = chunk_of(memory);
  size_t shift = -(uintptr_t)memory & (alignment - 1);
  if (shift) chunk = cut_front(chunk, shift);
  if (!is_mapped(chunk)) __malloc_shrink(chunk, chunk_size_for(request));
  return memory_of(chunk);
}

void *aligned_alloc(size_t alignment, size_t request) {
  return memalign(alignment, request);
}

int posix_memalign(void **block, size_t alignment, size_t request) {
  if (alignment < sizeof(void *) || alignment & (alignment - 1)) return EINVAL;
  int kept = errno;
  void *memory = memalign(alignment, request);
  errno = kept;
  if (!memory) return ENOMEM;
  *block = memory;
  return 0;
}
