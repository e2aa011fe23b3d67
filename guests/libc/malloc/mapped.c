/* Large blocks: each in a mapping of its own, so that free can give it back whatever lies around it. */
#include <sys/mman.h>

#include "heap.h"

struct chunk *__malloc_map(size_t size) {
  size_t length = round_up(HEADER + size + HEADER - TAG, PAGE);
  if (length < size) return NULL;
  char *start = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  struct chunk *chunk = at(start, HEADER);
  chunk->prev_size = HEADER;
  chunk->head = (length - HEADER) | MAPPED;
  return chunk;
}

void __malloc_unmap(struct chunk *chunk) {
  munmap((char *)chunk - chunk->prev_size, chunk->prev_size + size_of(chunk));
  __malloc_counters.unmaps++;
}

struct chunk *__malloc_remap(struct chunk *chunk, size_t size) {
  size_t before = chunk->prev_size;
  size_t old_length = before + size_of(chunk), length = round_up(before + size + HEADER - TAG, PAGE);
  if (length < size) return NULL;
  if (length == old_length) return chunk;
  char *start = mremap((char *)chunk - before, old_length, length, MREMAP_MAYMOVE);
  if (start == MAP_FAILED) return NULL; /* not every kernel has mremap: the caller copies instead */
  chunk = at(start, before);
  chunk->head = (length - before) | MAPPED;
  return chunk;
}
