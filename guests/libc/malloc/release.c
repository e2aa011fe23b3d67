/* A chunk in use becomes free: it joins its free neighbours on both sides, then goes to a bin or into top. */
#include "heap.h"

void __malloc_release(struct chunk *chunk) {
  size_t size = size_of(chunk);
  struct chunk *next = above(chunk);
  if (!below_in_use(chunk)) {
    struct chunk *lower = below(chunk);
    if (size_of(lower) != chunk->prev_size) __malloc_corrupted("free", "the block below overwrote its size");
    __malloc_bin_remove(lower);
    size += size_of(lower);
    chunk = lower;
  }
  if (next == __malloc_heap.top) {
    __malloc_top_absorb(chunk);
    return;
  }
  if (!in_use(next)) {
    __malloc_bin_remove(next);
    size += size_of(next);
    next = above(next);
  }
  set_size(chunk, size);
  next->prev_size = size;
  next->head &= ~BELOW_IN_USE;
  __malloc_bin_put(chunk);
}

void __malloc_shrink(struct chunk *chunk, size_t size) {
  size_t rest = size_of(chunk) - size;
  if (rest < MIN_CHUNK) return;
  struct chunk *tail = at(chunk, size);
  tail->head = rest | BELOW_IN_USE;
  set_size(chunk, size);
  __malloc_release(tail);
}
