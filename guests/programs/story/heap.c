/* Where malloc finds memory, and why large blocks do not live in the heap: told with real blocks, and a picture. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "story.h"

#define BLOCKS 8
#define MEDIUM (100 * 1024) /* below MMAP_THRESHOLD: in the heap */
#define LARGE (200 * 1024)  /* above: a mapping each */

static const char *const source_names[] = {"freed memory, reused", "the top of the heap", "the kernel, by brk",
                                           "the kernel, by mmap"};

static void *told_malloc(const char *text, size_t size) {
  void *block = malloc(size);
  printf("  %-22s   = 0x%08x   from %s\n", text, (unsigned)(uintptr_t)block, source_names[__malloc_counters.last]);
  return block;
}

/* Prints the break and what became of it since the last call. */
static void print_break(void) {
  static char *before;
  char *now = sbrk(0);
  printf("  %-22s     0x%08x", "sbrk(0)", (unsigned)(uintptr_t)now);
  if (before && now != before) printf("   %s by %d KiB", now > before ? "up" : "down", abs(now - before) / 1024);
  else if (before) printf("   not moved");
  puts("");
  before = now;
}

void tell_small_and_large(void) {
  print_break();
  char *small = told_malloc("malloc(24 KiB)", 24 * 1024);
  print_break();
  char *second = told_malloc("malloc(60 KiB)", 60 * 1024);
  print_break();
  char *large = told_malloc("malloc(200 KiB)", LARGE);
  print_break();
  puts("  free() of the first");
  free(small);
  char *again = told_malloc("malloc(24 KiB)", 24 * 1024);
  if (again == small) puts("  The same address: freed memory that is still mapped needs no system call.");
  free(again);
  free(second);
  free(large);
}

struct strip {
  char cells[65];
  uintptr_t start;
  size_t span, used, free;
};

static void draw_block(const struct malloc_block *block, void *context) {
  struct strip *strip = context;
  uintptr_t offset = (uintptr_t)block->memory - strip->start;
  /* Sizes below 4 MiB keep these products within 32 bits. */
  unsigned first = offset * 64 / strip->span, last = (offset + block->size - 1) * 64 / strip->span;
  if (block->state == BLOCK_IN_USE) strip->used += block->size;
  else strip->free += block->size;
  for (unsigned i = first; i <= last && i < 64; i++) {
    if (block->state == BLOCK_IN_USE) strip->cells[i] = '#';
    else if (strip->cells[i] == ' ') strip->cells[i] = '.';
  }
}

static void find_start(const struct malloc_block *block, void *context) {
  struct strip *strip = context;
  if (!strip->start) strip->start = (uintptr_t)block->memory;
}

/* The heap to a scale of `span` bytes: # in use, . free but still ours, blank beyond the break. */
static void print_heap(size_t span) {
  struct strip strip = {.span = span};
  memset(strip.cells, ' ', 64);
  malloc_walk(find_start, &strip);
  malloc_walk(draw_block, &strip);
  char used[16], free[16];
  print_size(used, sizeof used, strip.used);
  print_size(free, sizeof free, strip.free);
  printf("    heap |%s|\n          %s in use, %s free but mapped; sbrk(0) = 0x%08x\n\n", strip.cells, used, free,
         (unsigned)(uintptr_t)sbrk(0));
}

static void tell_blocks_in_heap(void) {
  char *blocks[BLOCKS];
  printf("  %d blocks of 100 KiB, below the threshold of %d KiB, then one of 16 bytes:\n", BLOCKS,
         MMAP_THRESHOLD / 1024);
  for (int i = 0; i < BLOCKS; i++) blocks[i] = malloc(MEDIUM);
  char *pin = malloc(16);
  char *high = sbrk(0);
  size_t span = high - blocks[0];
  print_heap(span);
  puts("  free() of every second:");
  for (int i = 0; i < BLOCKS; i += 2) free(blocks[i]);
  print_heap(span);
  puts("  free() of the others. Neighbours have joined, but the 16 bytes pin it all:");
  for (int i = 1; i < BLOCKS; i += 2) free(blocks[i]);
  print_heap(span);
  if (sbrk(0) == high) puts("  The break has not moved: brk can only give back the end of the heap.");
  puts("  free() of the 16 bytes:");
  free(pin);
  print_heap(span);
  if ((char *)sbrk(0) < high) printf("  Now the break fell by %u KiB.\n\n", (unsigned)(high - (char *)sbrk(0)) / 1024);
}

static void tell_mapping(const char *text, const void *block) {
  const char *name = mapping_of(block);
  printf("  %-26s 0x%08x   %s\n", text, (unsigned)(uintptr_t)block, name ? name : "not in /proc/self/maps");
}

static void tell_blocks_mapped(void) {
  puts("  The same with blocks of 200 KiB: a mapping each.");
  char *below = malloc(LARGE), *above = malloc(LARGE);
  tell_mapping("a", below);
  tell_mapping("b", above);
  free(below);
  puts("  free(a), with b still in use:");
  tell_mapping("a", below);
  tell_mapping("b", above);
  puts("  Its pages went back to the kernel at once. No neighbour can pin them.");
  free(above);
}

void tell_pinned_heap(void) {
  tell_blocks_in_heap();
  tell_blocks_mapped();
}
