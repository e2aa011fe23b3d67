/*
 * Where memory comes from. A request is served, in this order, by
 *   reuse   a freed block that is still mapped
 *   top     the unused end of the heap: no system call
 *   brk     the heap grown by sbrk, by the need plus HEAP_PAD, in pages
 *   mmap    a mapping of its own, for requests of MMAP_THRESHOLD and above; returned to the kernel by free at once
 * The thresholds are fixed: this malloc never changes them while it runs (glibc raises its own).
 */
#ifndef MALLOC_H
#define MALLOC_H

#include <stddef.h>

#define MMAP_THRESHOLD (128 * 1024) /* bytes requested; at or above this a block gets its own mapping */
#define TRIM_THRESHOLD (128 * 1024) /* bytes unused at the top; above this the heap is shrunk */
#define HEAP_PAD (64 * 1024)        /* bytes asked for in advance, and bytes kept when the heap is shrunk */

enum malloc_source { MALLOC_REUSE, MALLOC_TOP, MALLOC_BRK, MALLOC_MMAP };

/** Counts since the start of the program. A debugger may read them by the symbol __malloc_counters. */
struct malloc_counters {
  unsigned served[4];  /* requests, by enum malloc_source */
  unsigned freed;      /* blocks given to free */
  unsigned trims;      /* times the heap was shrunk by sbrk */
  unsigned unmaps;     /* mappings returned by munmap */
  unsigned last;       /* enum malloc_source of the latest request */
};

extern struct malloc_counters __malloc_counters;

void *memalign(size_t alignment, size_t size);
int posix_memalign(void **block, size_t alignment, size_t size);

/** Bytes that may be used in a block: at least what was asked for. */
size_t malloc_usable_size(const void *block);

/** What malloc_walk tells of one chunk: its memory, and the bytes it takes with its header. */
struct malloc_block {
  void *memory;
  size_t size;
  enum { BLOCK_IN_USE, BLOCK_FREE, BLOCK_TOP } state;
};

/**
 * Visits the chunks of the heap in order of address: those of its current region, which is all of it unless the break
 * was moved by somebody else; blocks with mappings of their own are not among them. `visit` must not allocate.
 */
void malloc_walk(void (*visit)(const struct malloc_block *block, void *context), void *context);

#endif
