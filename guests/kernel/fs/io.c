/*
 * Copies go a page of the program at a time, so that a call that meets a bad address has moved exactly what lies before
 * it, as on Linux.
 */
#include "io.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/user.h"

#define PIECES_MAX 1024u   /* UIO_MAXIOV */

struct piece {
    u32 address, length;   /* struct iovec */
};

struct io io_of_user(u32 address, u32 count)
{
    if (count > IO_MAX)
        count = IO_MAX;
    return (struct io){ .address = address, .length = count, .left = count };
}

struct io io_of_kernel(void *bytes, u32 count)
{
    return (struct io){ .kernel = bytes, .length = count, .left = count };
}

s32 io_of_vector(u32 vector, u32 pieces, struct io *io)
{
    *io = (struct io){ .vector = vector, .pieces = pieces };
    if (pieces > PIECES_MAX)
        return -EINVAL;
    for (u32 i = 0; i < pieces; i++) {
        struct piece piece;
        if (copy_from_user(&piece, vector + i * sizeof piece, sizeof piece))
            return -EFAULT;
        if ((s32)piece.length < 0)
            return -EINVAL;
        io->left += piece.length < IO_MAX - io->left ? piece.length : IO_MAX - io->left;
    }
    return 0;
}

/* Makes the present piece one that is not empty, and says how much of it, at most `count`, lies in one page. 0: no more. */
static u32 next_part(struct io *io, u32 count)
{
    while (!io->length && io->pieces) {
        struct piece piece;
        if (copy_from_user(&piece, io->vector, sizeof piece))
            return 0;
        io->vector += sizeof piece;
        io->pieces--;
        io->address = piece.address;
        io->length = piece.length;
    }
    u32 part = io->length < io->left ? io->length : io->left;
    if (part > count)
        part = count;
    if (!io->kernel && part > PAGE_SIZE - io->address % PAGE_SIZE)
        part = PAGE_SIZE - io->address % PAGE_SIZE;
    return part;
}

static void advance(struct io *io, u32 part)
{
    io->address += part;
    if (io->kernel)
        io->kernel = (u8 *)io->kernel + part;
    io->length -= part;
    io->left -= part;
    io->done += part;
}

typedef s32 mover(struct io *io, void *bytes, u32 part);

static s32 put_part(struct io *io, void *bytes, u32 part)
{
    return io->kernel ? memcpy(io->kernel, bytes, part), 0 : copy_to_user(io->address, bytes, part);
}

static s32 take_part(struct io *io, void *bytes, u32 part)
{
    return io->kernel ? memcpy(bytes, io->kernel, part), 0 : copy_from_user(bytes, io->address, part);
}

static s32 clear_part(struct io *io, void *bytes, u32 part)
{
    (void)bytes;
    return io->kernel ? memset(io->kernel, 0, part), 0 : clear_user(io->address, part);
}

static s32 move(struct io *io, void *bytes, u32 count, mover *one)
{
    u32 moved = 0;
    while (moved < count && io->left) {
        u32 part = next_part(io, count - moved);
        if (!part || one(io, (u8 *)bytes + moved, part))
            return moved ? (s32)moved : -EFAULT;
        advance(io, part);
        moved += part;
    }
    return (s32)moved;
}

s32 io_put(struct io *io, const void *from, u32 count)
{
    return move(io, (void *)from, count, put_part);
}

s32 io_take(struct io *io, void *to, u32 count)
{
    return move(io, to, count, take_part);
}

s32 io_clear(struct io *io, u32 count)
{
    return move(io, NULL, count, clear_part);
}

s32 io_check_put(struct io *io)
{
    u8 byte;
    if (io->kernel || !io->left)
        return 0;
    if (!next_part(io, 1) || copy_from_user(&byte, io->address, 1) || copy_to_user(io->address, &byte, 1))
        return -EFAULT;
    return 0;
}
