/*
 * Tests the allocator from outside: what it promises about addresses, contents, the break and mappings, and then by
 * 200,000 random operations (malloc-test [operations], see stress.c). TAP; exit status 1 on failure.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

static int tests, failures;

void check(int good, const char *name) {
  printf("%sok %d %s\n", good ? "" : "not ", ++tests, name);
  failures += !good;
}

static int outside_heap(const void *block) {
  return (uintptr_t)block >= (uintptr_t)sbrk(0);
}

static int served_by(enum malloc_source source) {
  return __malloc_counters.last == source;
}

static void test_sources(void) {
  char *before = sbrk(0);
  char *small = malloc(100);
  check(small && served_by(MALLOC_BRK) && (char *)sbrk(0) > before, "the first small block moves the break");
  char *after = sbrk(0);
  char *second = malloc(100);
  check(second > small && served_by(MALLOC_TOP) && sbrk(0) == after, "the second is cut from the top");
  free(small);
  check(malloc(100) == small && served_by(MALLOC_REUSE), "a freed block is reused at the same address");
  char *below = malloc(MMAP_THRESHOLD - 1);
  check(below && !outside_heap(below), "one byte below the threshold is in the heap");
  char *large = malloc(MMAP_THRESHOLD);
  check(large && outside_heap(large) && served_by(MALLOC_MMAP), "the threshold gets a mapping");
  unsigned unmaps = __malloc_counters.unmaps;
  free(large);
  check(__malloc_counters.unmaps == unmaps + 1, "and free unmaps it");
  free(below);
  free(second);
  free(small);
}

static void test_coalescing(void) {
  char *a = malloc(1000), *b = malloc(1000), *c = malloc(1000), *fence = malloc(16);
  free(a);
  free(c);
  free(b);
  check(malloc(3000) == a && served_by(MALLOC_REUSE), "three freed neighbours are one block");
  free(a);
  char *d = malloc(500), *e = malloc(500);
  check(d == a && e > d && e < fence, "a large free block is split");
  free(d);
  free(e);
  free(fence);
}

static void test_pin_and_trim(void) {
  char *blocks[8];
  for (int i = 0; i < 8; i++) blocks[i] = malloc(100 * KIB);
  char *pin = malloc(16);
  char *high = sbrk(0);
  for (int i = 0; i < 8; i++) free(blocks[i]);
  check(sbrk(0) == high, "a small block above pins 800 KiB of free heap");
  unsigned trims = __malloc_counters.trims;
  free(pin);
  check(high - (char *)sbrk(0) >= 700 * KIB && __malloc_counters.trims == trims + 1, "without it the heap is trimmed");
}

static void test_limits(void) {
  volatile size_t half = SIZE_MAX / 2 + 2, huge = SIZE_MAX; /* volatile: or gcc warns of what is meant */
  errno = 0;
  check(malloc(huge) == NULL && errno == ENOMEM, "malloc(SIZE_MAX) is ENOMEM");
  errno = 0;
  check(malloc(half) == NULL && errno == ENOMEM, "malloc(PTRDIFF_MAX + 2) is ENOMEM");
  errno = 0;
  check(calloc(half, 2) == NULL && errno == ENOMEM, "calloc sees its product overflow");
  char *kept = malloc(50);
  memset(kept, 7, 50);
  errno = 0;
  check(realloc(kept, huge) == NULL && errno == ENOMEM && kept[49] == 7, "a failed realloc keeps the block");
  check(malloc_usable_size(kept) >= 50, "the usable size covers the request");
  free(kept);
  void *empty = malloc(0), *other = malloc(0);
  check(empty && other && empty != other, "malloc(0) gives distinct blocks");
  free(empty);
  free(other);
}

static void test_alignment(void) {
  int good = 1;
  for (size_t alignment = 16; alignment <= 65536; alignment *= 2) {
    for (size_t size = 1; size < 400000; size = size * 3 + 1) {
      char *block = memalign(alignment, size);
      good &= block && (uintptr_t)block % alignment == 0 && malloc_usable_size(block) >= size;
      if (block) block[0] = block[size - 1] = 1;
      free(block);
    }
  }
  check(good, "memalign keeps every boundary up to 64 KiB");
  void *block;
  check(posix_memalign(&block, 24, 8) == EINVAL, "posix_memalign refuses 24");
}

static void test_zeroing(void) {
  int good = 1;
  for (size_t size = 16; size < 300000; size *= 3) {
    char *dirty = malloc(size);
    memset(dirty, 0xA5, size);
    free(dirty);
    unsigned char *clean = calloc(1, size);
    for (size_t i = 0; i < size; i++) good &= clean[i] == 0;
    free(clean);
  }
  check(good, "calloc clears what was used before");
}

static void test_realloc(void) {
  char *block = malloc(40), *fence;
  strcpy(block, "moved with its bytes");
  char *grown = realloc(block, 4000);
  check(grown == block, "the last block grows in place");
  fence = malloc(16);
  char *moved = realloc(grown, 8000);
  check(moved != grown && !strcmp(moved, "moved with its bytes"), "a blocked one moves");
  char *mapped = realloc(moved, 300 * KIB);
  check(outside_heap(mapped) && !strcmp(mapped, "moved with its bytes"), "into a mapping when it becomes large");
  mapped = realloc(mapped, 3000 * KIB);
  mapped[3000 * KIB - 1] = 1;
  check(!strcmp(mapped, "moved with its bytes") && malloc_usable_size(mapped) >= 3000 * KIB, "which grows");
  char *back = realloc(mapped, 64);
  check(!outside_heap(back) && !strcmp(back, "moved with its bytes"), "and back into the heap");
  free(back);
  free(fence);
}

static void count_blocks(const struct malloc_block *block, void *context) {
  ((int *)context)[block->state]++;
}

static void test_all_returned(void) {
  int blocks[3] = {0};
  malloc_walk(count_blocks, blocks);
  check(blocks[BLOCK_IN_USE] == 0 && blocks[BLOCK_FREE] == 0 && blocks[BLOCK_TOP] <= 1,
        "with all blocks freed the heap is one free piece");
}

/* From here on the heap has holes on purpose, so these come last. */
static void test_foreign_break(void) {
  char *blocks[20];
  for (int i = 0; i < 3; i++) blocks[i] = malloc(100 * KIB);
  char *foreign = sbrk(100), *high = sbrk(0);
  memset(foreign, 0x5A, 100);
  for (int i = 0; i < 3; i++) free(blocks[i]);
  check(sbrk(0) == high, "memory that somebody else took by sbrk stops the trimming");
  for (int i = 0; i < 20; i++) memset(blocks[i] = malloc(50 * KIB), i, 50 * KIB);
  int good = 1;
  for (int i = 0; i < 100; i++) good &= foreign[i] == 0x5A;
  for (int i = 0; i < 20; i++) good &= blocks[i][0] == i && blocks[i][50 * KIB - 1] == i;
  check(good, "and is left alone when the heap grows around it");
  for (int i = 0; i < 20; i++) free(blocks[i]);
}

static void test_break_blocked(void) {
  char *wall = (char *)(((uintptr_t)sbrk(0) + 4095) & -4096U);
  if (mmap(wall, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != wall) {
    check(0, "a wall above the heap can be mapped");
    return;
  }
  void *blocks[20];
  int good = 1, mapped = 0;
  for (int i = 0; i < 20; i++) {
    blocks[i] = malloc(100 * KIB);
    good &= blocks[i] != NULL;
    mapped += outside_heap(blocks[i]);
  }
  check(good && mapped > 0, "when the break cannot move, small blocks come from a mapped region");
  for (int i = 0; i < 20; i++) free(blocks[i]);
  munmap(wall, 4096);
}

int main(int argc, char **argv) {
  int operations = argc > 1 ? atoi(argv[1]) : 200000;
  test_sources();
  test_coalescing();
  test_pin_and_trim();
  test_limits();
  test_alignment();
  test_zeroing();
  test_realloc();
  test_stress(1, operations / 2);
  test_stress(20260101, operations / 2);
  test_all_returned();
  printf("# served: reuse %u, top %u, brk %u, mmap %u; trims %u, unmaps %u\n", __malloc_counters.served[MALLOC_REUSE],
         __malloc_counters.served[MALLOC_TOP], __malloc_counters.served[MALLOC_BRK],
         __malloc_counters.served[MALLOC_MMAP], __malloc_counters.trims, __malloc_counters.unmaps);
  test_foreign_break();
  test_break_blocked();
  printf("1..%d\n", tests);
  return failures != 0;
}
