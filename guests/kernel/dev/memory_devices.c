/*
 * /dev/null, zero, full, random, urandom: 1:3, 1:5, 1:7, 1:8, 1:9. /dev/mem, 1:1, is the first MiB of physical memory, as
 * Linux has it: the BIOS's and the screen's. /dev/fb0, 29:0, is the window of the text screen, to be mapped.
 */
#include "../errno.h"
#include "../exec/random.h"
#include "../fs/special.h"
#include "../memlayout.h"
#include "devices.h"
#include "screen.h"

#define LOW_MEMORY 0x100000u

static s32 null_read(struct file *file, struct io *io, u64 *position)
{
    (void)file, (void)io, (void)position;
    return 0;
}

static s32 null_write(struct file *file, struct io *io, u64 *position)
{
    (void)file, (void)position;
    return (s32)io->left;
}

static s32 zero_read(struct file *file, struct io *io, u64 *position)
{
    (void)file, (void)position;
    return io_clear(io, io->left);
}

static s32 full_write(struct file *file, struct io *io, u64 *position)
{
    (void)file, (void)io, (void)position;
    return -ENOSPC;
}

static s32 random_read(struct file *file, struct io *io, u64 *position)
{
    (void)file, (void)position;
    while (io->left) {
        u32 word = random_u32();
        s32 moved = io_put(io, &word, io->left < 4 ? io->left : 4);
        if (moved <= 0)
            return io->done ? (s32)io->done : moved;
    }
    return (s32)io->done;
}

static s32 memory_move(struct io *io, u64 *position, s32 (*move)(struct io *io, void *bytes))
{
    if (*position >= LOW_MEMORY)
        return 0;
    if (io->left > LOW_MEMORY - (u32)*position)
        io->left = LOW_MEMORY - (u32)*position;
    s32 moved = move(io, to_virtual((u32)*position));
    if (moved > 0)
        *position += (u32)moved;
    return moved;
}

static s32 put_all(struct io *io, void *bytes)
{
    return io_put(io, bytes, io->left);
}

static s32 take_all(struct io *io, void *bytes)
{
    return io_take(io, bytes, io->left);
}

static s32 memory_read(struct file *file, struct io *io, u64 *position)
{
    (void)file;
    return memory_move(io, position, put_all);
}

static s32 memory_write(struct file *file, struct io *io, u64 *position)
{
    (void)file;
    return memory_move(io, position, take_all);
}

static const struct file_operations null_operations = { .read = null_read, .write = null_write };
static const struct file_operations zero_operations = { .read = zero_read, .write = null_write };
static const struct file_operations full_operations = { .read = zero_read, .write = full_write };
static const struct file_operations random_operations = { .read = random_read, .write = null_write };
static const struct file_operations memory_operations = { .read = memory_read, .write = memory_write };
static const struct file_operations screen_operations = { .unseekable = 0 };

const struct device memory_devices[MEMORY_DEVICES] = {
    { device_number(1, 1), &memory_operations, MAP_PHYSICAL, 0, LOW_MEMORY },
    { device_number(1, 3), &null_operations, MAP_NOTHING, 0, 0 },
    { device_number(1, 5), &zero_operations, MAP_ZERO, 0, 0 },
    { device_number(1, 7), &full_operations, MAP_NOTHING, 0, 0 },
    { device_number(1, 8), &random_operations, MAP_NOTHING, 0, 0 },
    { device_number(1, 9), &random_operations, MAP_NOTHING, 0, 0 },
    { device_number(29, 0), &screen_operations, MAP_PHYSICAL, SCREEN_PHYSICAL, SCREEN_SIZE },
};
