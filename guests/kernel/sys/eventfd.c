/* eventfd: a counter that is read and written as a file. Source: eventfd(2). */
#include "../errno.h"
#include "../fs/pipe.h"
#include "../fs/poll.h"
#include "../fs/task_files.h"
#include "../mm/kmalloc.h"
#include "../proc/wait_queue.h"
#include "file_calls.h"

#define EFD_SEMAPHORE 1u   /* a read takes one, not all */
#define MOST (~0ull - 1)

struct counter {
    u64 count;
    u32 semaphore;
    struct wait_queue readable, writable;
};

static s32 counter_read(struct file *file, struct io *io, u64 *position)
{
    struct counter *counter = file->data;
    (void)position;
    s32 error = io->left < 8 ? -EINVAL : 0;
    while (!error && !counter->count)
        error = file->flags & O_NONBLOCK ? -EAGAIN : sleep_on(&counter->readable);
    if (error)
        return error;
    u64 value = counter->semaphore ? 1 : counter->count;
    counter->count -= value;
    wake_up(&counter->writable);
    return io_put(io, &value, sizeof value) == sizeof value ? (s32)sizeof value : -EFAULT;   /* and lost, as on Linux */
}

static s32 counter_write(struct file *file, struct io *io, u64 *position)
{
    struct counter *counter = file->data;
    u64 value;
    (void)position;
    if (io->left < 8)
        return -EINVAL;
    s32 taken = io_take(io, &value, sizeof value), error = 0;
    if (taken < 0)
        return taken;
    if (taken < 8 || value == ~0ull)
        return taken < 8 ? -EFAULT : -EINVAL;
    while (!error && value > MOST - counter->count)
        error = file->flags & O_NONBLOCK ? -EAGAIN : sleep_on(&counter->writable);
    if (error)
        return error;
    counter->count += value;
    wake_up(&counter->readable);
    return sizeof value;
}

static u32 counter_poll(struct file *file, struct poll *poll)
{
    struct counter *counter = file->data;
    poll_wait(poll, &counter->readable);
    poll_wait(poll, &counter->writable);
    return (counter->count ? POLLIN : 0) | (counter->count < MOST ? POLLOUT : 0);
}

static void counter_close(struct file *file)
{
    struct counter *counter = file->data;
    wait_queue_free(&counter->readable);
    wait_queue_free(&counter->writable);
    kfree(counter);
}

static const struct file_operations operations = { .close = counter_close, .read = counter_read, .write = counter_write, .poll = counter_poll,
                                                   .unseekable = 1 };

s32 sys_eventfd2(u32 count, u32 flags)
{
    if (flags & ~(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    struct counter *counter = kmalloc(sizeof *counter);
    struct file *file = counter ? anonymous_file("[eventfd]", &operations, flags & O_NONBLOCK, counter) : NULL;
    if (!file) {
        kfree(counter);
        return -ENOMEM;
    }
    counter->count = count;
    counter->semaphore = flags & EFD_SEMAPHORE;
    return descriptor_add(file, 0, flags & O_CLOEXEC);
}

s32 sys_eventfd(u32 count)
{
    return sys_eventfd2(count, 0);
}
