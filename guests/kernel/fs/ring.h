/* Bytes on their way from one end to the other: a ring of pages, each there while it holds something. */
#pragma once
#include "../memlayout.h"
#include "io.h"

#define RING_SIZE  0x10000u
#define RING_PAGES (2 * RING_SIZE / PAGE_SIZE)   /* a full ring that begins within a page ends in another one: a power of two above that */

struct ring {
    u32 start, count;          /* bytes [start, start + count) of an endless sequence are in it */
    u32 frames[RING_PAGES];
};

static inline u32 ring_room(const struct ring *ring) { return RING_SIZE - ring->count; }
/** Moves what there is, as far as it is wanted; bytes moved in all of `io`, or -errno when none. */
s32 ring_take(struct ring *ring, struct io *io);
/** Moves what there is room for. 0; -EFAULT or -ENOMEM where it stopped before that: how much went, `io` says. */
s32 ring_put(struct ring *ring, struct io *io);
/** As ring_take(), but leaves everything there. */
s32 ring_peek(struct ring *ring, struct io *io);
/** Gives back its pages. */
void ring_free(struct ring *ring);
/** Throws away the first `count` bytes. */
void ring_skip(struct ring *ring, u32 count);
