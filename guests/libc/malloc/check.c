/*
 * What a program may have broken, told before it does more harm. Caught: pointers that malloc never gave, blocks freed
 * twice, sizes and lists overwritten by a neighbour. Not caught: a freed block that was given out again meanwhile; one
 * whose memory went back to the kernel is a page fault instead.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap.h"

static void say(const char *text) {
  write(STDERR_FILENO, text, strlen(text));
}

void __malloc_corrupted(const char *function, const char *what) {
  say(function);
  say("(): ");
  say(what);
  say("\n");
  abort();
}

static int page_aligned(uintptr_t address) {
  return (address & (PAGE - 1)) == 0;
}

struct chunk *__malloc_check(const char *function, const void *memory) {
  const struct heap *heap = &__malloc_heap;
  struct chunk *chunk = chunk_of(memory);
  uintptr_t address = (uintptr_t)chunk;
  if ((uintptr_t)memory % ALIGNMENT) __malloc_corrupted(function, "invalid pointer");
  if (is_mapped(chunk)) {
    uintptr_t start = address - chunk->prev_size;
    uintptr_t end = address + size_of(chunk);
    if (!page_aligned(start) || !page_aligned(end)) __malloc_corrupted(function, "invalid pointer");
    return chunk;
  }
  uintptr_t lowest = (uintptr_t)heap->lowest, highest = (uintptr_t)heap->highest;
  if (address < lowest || address >= highest) __malloc_corrupted(function, "invalid pointer");
  if (address >= (uintptr_t)heap->top && address < (uintptr_t)heap->end) __malloc_corrupted(function, "double free");
  size_t size = size_of(chunk);
  if (size < MIN_CHUNK || size % ALIGNMENT || size >= highest - address) __malloc_corrupted(function, "invalid size");
  struct chunk *next = above(chunk);
  if (!below_in_use(next)) __malloc_corrupted(function, "double free");
  if (size_of(next) % ALIGNMENT || size_of(next) >= highest - (uintptr_t)next) {
    __malloc_corrupted(function, "invalid size of the next block");
  }
  return chunk;
}
