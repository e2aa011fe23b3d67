/*
 * The end of the heap: grown by brk in steps of the need plus HEAP_PAD, shrunk again when more than TRIM_THRESHOLD of
 * it is unused. One block in use just under the top stops the shrinking, however much below it is free: that is why
 * large blocks get mappings instead. When somebody else has moved the break, or brk fails, the heap goes on in a new
 * region.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "heap.h"

#define REGION_OVERHEAD 16U         /* 8 bytes skipped and the end mark */
#define MAPPED_REGION (1024 * 1024) /* least size of a region that is mapped because brk failed */

struct heap __malloc_heap;

static struct chunk *end_mark(void) {
  return at(__malloc_heap.end, -HEADER);
}

/* Makes [top, end) one free chunk of `size` under an end mark. */
static void set_top(struct chunk *top, size_t size) {
  set_size(top, size);
  __malloc_heap.top = top;
  end_mark()->prev_size = size;
  if (size) end_mark()->head = 0;
}

static void widen_bounds(char *start, char *end) {
  struct heap *heap = &__malloc_heap;
  if (!heap->lowest || start < heap->lowest) heap->lowest = start;
  if (end > heap->highest) heap->highest = end;
}

static void add_region(char *start, size_t length) {
  struct heap *heap = &__malloc_heap;
  struct chunk *top;
  size_t size;
  if (start == heap->end) {
    top = heap->top; /* an empty top is the old end mark, which becomes the header of the new memory */
    size = size_of(top) + length;
  } else {
    if (heap->top && size_of(heap->top)) __malloc_bin_put(heap->top);
    top = at(start, HEADER);
    top->head = BELOW_IN_USE; /* nothing below to join */
    heap->start = start;
    size = length - REGION_OVERHEAD;
  }
  heap->end = start + length;
  widen_bounds(start, heap->end);
  set_top(top, size);
}

static int grow_by_brk(size_t size) {
  char *start = sbrk(0);
  if (start == (char *)-1) return 0;
  size_t skip = -(uintptr_t)start & (PAGE - 1); /* the kernel may start the heap, or somebody leave it, inside a page */
  size_t lack = start == __malloc_heap.end ? size - size_of(__malloc_heap.top) : size + REGION_OVERHEAD;
  size_t lean = round_up(lack, PAGE), length = round_up(lack + HEAP_PAD, PAGE);
  if (lean < lack || length < lack) return 0;
  if (start + skip + length < start || brk(start + skip + length) < 0) {
    length = lean; /* near the limit: without the advance */
    if (start + skip + length < start || brk(start + skip + length) < 0) return 0;
  }
  add_region(start + skip, length);
  return 1;
}

static int grow_by_mmap(size_t size) {
  size_t length = round_up(size + REGION_OVERHEAD, PAGE);
  if (length < size) return 0;
  if (length < MAPPED_REGION) length = MAPPED_REGION;
  char *start = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return 0;
  add_region(start, length);
  return 1;
}

int __malloc_top_grow(size_t size) {
  return grow_by_brk(size) || grow_by_mmap(size);
}

struct chunk *__malloc_top_take(size_t size) {
  struct chunk *chunk = __malloc_heap.top;
  if (!chunk || size_of(chunk) < size) return NULL;
  size_t rest = size_of(chunk) - size;
  set_size(chunk, size);
  struct chunk *top = above(chunk);
  top->head = BELOW_IN_USE;
  set_top(top, rest);
  return chunk;
}

static void trim(void) {
  struct heap *heap = &__malloc_heap;
  size_t size = size_of(heap->top);
  if (size <= TRIM_THRESHOLD || sbrk(0) != heap->end) return; /* not ours to move when something lies above */
  size_t surplus = (size - HEAP_PAD) & -PAGE;
  if (brk(heap->end - surplus) < 0) return;
  heap->end -= surplus;
  set_top(heap->top, size - surplus);
  __malloc_counters.trims++;
}

void __malloc_top_absorb(struct chunk *chunk) {
  set_top(chunk, (uintptr_t)end_mark() - (uintptr_t)chunk);
  trim();
}
