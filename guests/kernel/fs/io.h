/*
 * Where the bytes of a read go and those of a write come from: one or several pieces of the program's memory, or one of
 * the kernel's. The program's pieces are looked at one after the other, as they are come to.
 */
#pragma once
#include "../types.h"

#define IO_MAX 0x7ffff000u   /* what one call moves at most, as on Linux */

struct io {
    u32 vector, pieces;      /* struct iovec in the program's memory, and how many are left */
    u32 address, length;     /* what is left of the present piece */
    void *kernel;            /* or: the kernel's memory, instead of `address` */
    u32 left;                /* of all */
    u32 done;
};

struct io io_of_user(u32 address, u32 count);
struct io io_of_kernel(void *bytes, u32 count);
/** The pieces of readv and writev, checked: -EINVAL, -EFAULT. */
s32 io_of_vector(u32 vector, u32 pieces, struct io *io);
/** Moves up to `count` bytes from `from` to where they are wanted; how many went, less only at a bad address, then -EFAULT if none. */
s32 io_put(struct io *io, const void *from, u32 count);
s32 io_take(struct io *io, void *to, u32 count);
s32 io_clear(struct io *io, u32 count);
/** -EFAULT unless the next byte can be written to: before input is taken that could not be delivered. */
s32 io_check_put(struct io *io);
