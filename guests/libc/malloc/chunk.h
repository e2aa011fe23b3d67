/*
 * A chunk: one block of the heap with its boundary tags (Knuth, TAOCP 1, 2.5, algorithm C).
 *
 *      chunk -> +-----------------------------+   address = 8 mod 16
 *               | prev_size: size of the chunk|   tag of the chunk below, valid only while that one is free;
 *               |   below, when it is free    |   otherwise these are the last 4 bytes of ITS block
 *               +-----------------------+-+-+-+
 *               | size, a multiple of 16|0|M|P|   P: the chunk below is in use   M: this chunk has its own mapping
 *     memory -> +-----------------------+-+-+-+   what malloc returns, 0 mod 16
 *               | in use: the user's bytes    |   free: the next free chunk of its bin
 *               |                             |         the one before in its bin
 *               |                             |         old bytes
 *     above  -> +-----------------------------+
 *               | in use: the user's last 4   |   free: prev_size, the size of this chunk
 *               +-----------------------+-+-+-+
 *               | size of the one above |0|M|P|   P = 0 when this one is free
 *               +-----------------------+-+-+-+
 *
 * Overhead: 4 bytes a block in use. Whether a chunk is free is said by P of the chunk above it. Two free chunks are
 * never neighbours. A region of heap (from brk, or mapped when brk fails) begins and ends on a page: 8 bytes that are
 * skipped, chunks, and in the last 8 bytes an end mark, which is a header of size 0 that counts as in use:
 *
 *     | 8 skipped | chunk | chunk | ... | top (free) | end mark |
 *
 * A chunk with M set stands alone in a mapping: prev_size is then its distance from the mapping's start, size reaches
 * to the mapping's end (8 mod 16, then), and there is no next chunk whose prev_size it could borrow.
 */
#ifndef CHUNK_H
#define CHUNK_H

#include <stddef.h>
#include <stdint.h>

struct chunk {
  size_t prev_size;
  size_t head;
  struct chunk *next_free, *prev_free; /* only in a free chunk */
};

#define HEADER 8U      /* from a chunk to its memory */
#define TAG 4U         /* what a chunk in use costs */
#define ALIGNMENT 16U  /* of memory, and the grain of sizes; _Alignof(max_align_t) on i386 */
#define MIN_CHUNK 16U
#define PAGE 4096U
#define BELOW_IN_USE 1U
#define MAPPED 2U

static inline size_t round_up(size_t n, size_t grain) { return (n + grain - 1) & -grain; }

/** Size of the chunk that can hold `request` bytes; the caller has refused those above PTRDIFF_MAX. */
static inline size_t chunk_size_for(size_t request) {
  size_t size = round_up(request + TAG, ALIGNMENT);
  return size < MIN_CHUNK ? MIN_CHUNK : size;
}

static inline size_t size_of(const struct chunk *c) { return c->head & ~(size_t)7; }
static inline int is_mapped(const struct chunk *c) { return c->head & MAPPED; }
static inline int below_in_use(const struct chunk *c) { return c->head & BELOW_IN_USE; }
static inline struct chunk *at(const void *base, size_t offset) { return (struct chunk *)((uintptr_t)base + offset); }
static inline struct chunk *above(const struct chunk *c) { return at(c, size_of(c)); }
static inline struct chunk *below(const struct chunk *c) { return at(c, -c->prev_size); }
static inline int is_end_mark(const struct chunk *c) { return size_of(c) == 0; }
static inline int in_use(const struct chunk *c) { return is_end_mark(c) || below_in_use(above(c)); }

static inline void *memory_of(const struct chunk *c) { return (char *)c + HEADER; }
static inline struct chunk *chunk_of(const void *memory) { return at(memory, -HEADER); }

/** Bytes of a chunk in use that belong to the user. */
static inline size_t usable(const struct chunk *c) { return size_of(c) - (is_mapped(c) ? HEADER : TAG); }

/** Gives a chunk its size; what its header says of the chunk below stays. */
static inline void set_size(struct chunk *c, size_t size) { c->head = size | (c->head & BELOW_IN_USE); }

#endif
