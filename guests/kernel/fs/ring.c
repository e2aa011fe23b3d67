/* See ring.h. */
#include "ring.h"
#include "../errno.h"
#include "../mm/frames.h"

/* The place of a byte, and how many follow it in its page. NULL: no memory for that page. */
static u8 *place(struct ring *ring, u32 at, u32 *run)
{
    u32 *frame = &ring->frames[at / PAGE_SIZE % RING_PAGES];
    *run = PAGE_SIZE - at % PAGE_SIZE;
    if (!*frame)
        *frame = frame_alloc();
    return *frame ? (u8 *)to_virtual(*frame) + at % PAGE_SIZE : NULL;
}

static void drop_page(struct ring *ring, u32 at)
{
    u32 *frame = &ring->frames[at / PAGE_SIZE % RING_PAGES];
    if (*frame)
        frame_release(*frame);
    *frame = 0;
}

void ring_free(struct ring *ring)
{
    for (u32 i = 0; i < RING_PAGES; i++)
        drop_page(ring, i * PAGE_SIZE);
}

void ring_skip(struct ring *ring, u32 count)
{
    while (count) {
        u32 old = ring->start, part = PAGE_SIZE - old % PAGE_SIZE < count ? PAGE_SIZE - old % PAGE_SIZE : count;
        ring->start += part;
        ring->count -= part;
        count -= part;
        if (!ring->count || old / PAGE_SIZE != ring->start / PAGE_SIZE)
            drop_page(ring, old);
    }
}

s32 ring_take(struct ring *ring, struct io *io)
{
    s32 moved = 0;
    while (ring->count && io->left) {
        u32 run;
        u8 *bytes = place(ring, ring->start, &run);
        if (!bytes || (moved = io_put(io, bytes, run < ring->count ? run : ring->count)) <= 0)
            break;
        ring_skip(ring, (u32)moved);
    }
    return io->done ? (s32)io->done : moved;
}

s32 ring_peek(struct ring *ring, struct io *io)
{
    s32 moved = 0;
    for (u32 at = 0; at < ring->count && io->left; at += (u32)moved) {
        u32 run;
        u8 *bytes = place(ring, ring->start + at, &run);
        if (!bytes || (moved = io_put(io, bytes, run < ring->count - at ? run : ring->count - at)) <= 0)
            break;
    }
    return io->done ? (s32)io->done : moved;
}

s32 ring_put(struct ring *ring, struct io *io)
{
    s32 moved = 0;
    while (ring_room(ring) && io->left) {
        u32 end = ring->start + ring->count, run, free = ring_room(ring);
        u8 *bytes = place(ring, end, &run);
        if (!bytes)
            return -ENOMEM;
        moved = io_take(io, bytes, run < free ? run : free);
        if (moved <= 0)
            break;
        ring->count += (u32)moved;
    }
    return moved < 0 ? moved : 0;
}
