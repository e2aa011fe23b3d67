/*
 * Free chunks by size: 96 doubly linked lists and a bitmap of those that are not empty.
 *   bins 0-31   one size each: 16, 32, ... 512
 *   bins 32-95  four to each power of two above: 513-639, 640-767, 768-895, 896-1023, 1024-1279, ... up to 32 MiB;
 *               the last takes all that is larger
 * Lists are last in, first out: what was freed last is handed out first, while it is still warm.
 */
#include "heap.h"

#define BINS 96
#define EXACT_BINS 32
#define LOOKS 32 /* chunks of one bin that are compared before the next bin up, where anything fits, is used */

static struct chunk *first[BINS];
static uint32_t not_empty[BINS / 32];

static unsigned bin_of(size_t size) {
  if (size <= EXACT_BINS * ALIGNMENT) return size / ALIGNMENT - 1;
  unsigned log = 31 - __builtin_clz(size); /* 9 or more */
  unsigned quarter = size >> (log - 2) & 3;
  unsigned bin = EXACT_BINS + (log - 9) * 4 + quarter;
  return bin < BINS ? bin : BINS - 1;
}

void __malloc_bin_put(struct chunk *chunk) {
  unsigned bin = bin_of(size_of(chunk));
  chunk->prev_free = NULL;
  chunk->next_free = first[bin];
  if (first[bin]) first[bin]->prev_free = chunk;
  first[bin] = chunk;
  not_empty[bin / 32] |= 1U << bin % 32;
}

void __malloc_bin_remove(struct chunk *chunk) {
  unsigned bin = bin_of(size_of(chunk));
  struct chunk *next = chunk->next_free, *prev = chunk->prev_free;
  /* A block that was written to after its free shows here, before its bytes are followed as pointers. */
  int linked = prev ? prev->next_free == chunk : first[bin] == chunk;
  if (!linked || (next && next->prev_free != chunk)) __malloc_corrupted("malloc", "corrupted list of free blocks");
  if (prev) prev->next_free = next;
  else first[bin] = next;
  if (next) next->prev_free = prev;
  if (!first[bin]) not_empty[bin / 32] &= ~(1U << bin % 32);
}

/* The smallest of the first LOOKS chunks in a bin that holds `size`, or NULL. */
static struct chunk *best_in(unsigned bin, size_t size) {
  struct chunk *best = NULL;
  int looks = LOOKS;
  for (struct chunk *c = first[bin]; c && looks; c = c->next_free, looks--) {
    if (size_of(c) >= size && (!best || size_of(c) < size_of(best))) best = c;
  }
  return best;
}

/* The first bin from `bin` up that is not empty, or BINS. */
static unsigned next_bin(unsigned bin) {
  for (; bin < BINS; bin = (bin | 31) + 1) {
    uint32_t candidates = not_empty[bin / 32] >> bin % 32;
    if (candidates) return bin + __builtin_ctz(candidates);
  }
  return BINS;
}

struct chunk *__malloc_bin_take(size_t size) {
  struct chunk *found = NULL;
  for (unsigned bin = next_bin(bin_of(size)); bin < BINS && !found; bin = next_bin(bin + 1)) found = best_in(bin, size);
  if (found) __malloc_bin_remove(found);
  return found;
}
