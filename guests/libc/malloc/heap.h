/*
 * What the files of malloc have in common. The names begin with __malloc_ because they are visible to the linker; a
 * debugger may walk the heap from __malloc_heap with the layout of chunk.h.
 */
#ifndef HEAP_H
#define HEAP_H

#include <malloc.h>

#include "chunk.h"

struct heap {
  struct chunk *top; /* the free chunk under the end mark of the current region, or that mark itself when it is empty */
  char *start;       /* of the current region; page-aligned; NULL before the first request */
  char *end;         /* one past its end mark; page-aligned */
  char *lowest;      /* bounds of all regions there ever were, to tell wild pointers */
  char *highest;
};

extern struct heap __malloc_heap;

/* bins.c: the free chunks other than top. */
void __malloc_bin_put(struct chunk *chunk);
void __malloc_bin_remove(struct chunk *chunk);
struct chunk *__malloc_bin_take(size_t size); /* a free chunk of at least `size`, removed from its bin, or NULL */

/* top.c: the end of the heap. */
struct chunk *__malloc_top_take(size_t size);  /* a chunk in use, cut from the bottom of top, or NULL: too small */
int __malloc_top_grow(size_t size);            /* makes top at least `size`; 0 when the kernel has no memory */
void __malloc_top_absorb(struct chunk *chunk); /* a free chunk just under top becomes part of it; trims */

/* mapped.c: chunks with mappings of their own. */
struct chunk *__malloc_map(size_t size);
void __malloc_unmap(struct chunk *chunk);
struct chunk *__malloc_remap(struct chunk *chunk, size_t size); /* NULL: cannot, nothing changed */

/* release.c: a heap chunk in use becomes free; shrink gives back what lies above the first `size` bytes of one. */
void __malloc_release(struct chunk *chunk);
void __malloc_shrink(struct chunk *chunk, size_t size);

/* check.c: ends the program with `function`(): what is wrong, if `memory` cannot be a block in use. */
struct chunk *__malloc_check(const char *function, const void *memory);
void __malloc_corrupted(const char *function, const char *what) __attribute__((noreturn));

#endif
