/*
 * A ring between two ends. A read takes what there is and waits only for the first byte;
 * a write of at most PIPE_BUF bytes waits until all of it fits. Without readers a write is SIGPIPE and -EPIPE, without
 * writers a read is the end.
 */
#include "pipe.h"
#include "../errno.h"
#include "../mm/kmalloc.h"
#include "../mm/user.h"
#include "../proc/signal.h"
#include "../proc/task.h"
#include "../proc/wait_queue.h"
#include "ioctl.h"
#include "poll.h"
#include "ring.h"

static const struct file_operations pipe_operations;

struct pipe {
    struct ring ring;
    u32 readers, writers;       /* open files */
    u32 opened_readers, opened_writers;   /* ever: who waits in open() sees one that has come and gone */
    struct wait_queue readable, writable;   /* and opened, and closed */
};

static void wake_all(struct pipe *pipe)
{
    wake_up(&pipe->readable);
    wake_up(&pipe->writable);
}

static s32 pipe_read(struct file *file, struct io *io, u64 *position)
{
    struct pipe *pipe = file->inode->pipe;
    (void)position;
    if (!io->left)
        return 0;
    while (!pipe->ring.count) {
        if (!pipe->writers)
            return 0;
        if (file->flags & O_NONBLOCK)
            return -EAGAIN;
        s32 error = sleep_on(&pipe->readable);
        if (error)
            return error;
    }
    s32 moved = ring_take(&pipe->ring, io);
    wake_up(&pipe->writable);
    return moved;
}

static s32 pipe_write(struct file *file, struct io *io, u64 *position)
{
    struct pipe *pipe = file->inode->pipe;
    u32 whole = io->left <= PIPE_BUF ? io->left : 1;
    s32 error = 0;
    (void)position;
    while (io->left && !error) {
        if (!pipe->readers) {
            raise_signal(current->process, SIGPIPE);
            error = -EPIPE;
        } else if (ring_room(&pipe->ring) >= whole) {
            error = ring_put(&pipe->ring, io);
            whole = 1;
            wake_up(&pipe->readable);
        } else if (file->flags & O_NONBLOCK)
            error = -EAGAIN;
        else
            error = sleep_on(&pipe->writable);
    }
    return io->done ? (s32)io->done : error;
}

static u32 pipe_poll(struct file *file, struct poll *poll)
{
    struct pipe *pipe = file->inode->pipe;
    u32 events = 0;
    if (may_read(file))
        poll_wait(poll, &pipe->readable);
    if (may_write(file))
        poll_wait(poll, &pipe->writable);
    if (may_read(file))
        events |= (pipe->ring.count ? POLLIN | POLLRDNORM : 0) | (pipe->writers ? 0 : POLLHUP);
    if (may_write(file))
        events |= (ring_room(&pipe->ring) >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0) | (pipe->readers ? 0 : POLLERR);
    return events;
}

static s32 pipe_ioctl(struct file *file, u32 request, u32 argument)
{
    return request == FIONREAD ? copy_to_user(argument, &file->inode->pipe->ring.count, 4) : -ENOTTY;
}

static void pipe_close(struct file *file)
{
    struct pipe *pipe = file->inode->pipe;
    pipe->readers -= may_read(file);
    pipe->writers -= may_write(file);
    wake_all(pipe);
    if (pipe->readers || pipe->writers)
        return;
    ring_free(&pipe->ring);
    file->inode->pipe = NULL;
    wait_queue_free(&pipe->readable);   /* a poll in progress, of another thread */
    wait_queue_free(&pipe->writable);
    kfree(pipe);
}

/* Counts the new end. NULL: no memory. */
static struct pipe *attach(struct file *file)
{
    struct inode *inode = file->inode;
    if (!inode->pipe)
        inode->pipe = kmalloc(sizeof *inode->pipe);
    struct pipe *pipe = inode->pipe;
    if (!pipe)
        return NULL;
    pipe->readers += may_read(file);
    pipe->writers += may_write(file);
    pipe->opened_readers += may_read(file);
    pipe->opened_writers += may_write(file);
    wake_all(pipe);
    return pipe;
}

/* A named pipe is opened when both ends are. */
static s32 fifo_open(struct file *file)
{
    struct pipe *pipe = file->inode->pipe;
    u32 access = file->flags & O_ACCMODE;
    if (access == O_WRONLY && file->flags & O_NONBLOCK && (!pipe || !pipe->readers))
        return -ENXIO;
    pipe = attach(file);
    if (!pipe)
        return -ENOMEM;
    file->operations = &pipe_operations;
    u32 *others = access == O_RDONLY ? &pipe->opened_writers : &pipe->opened_readers, seen = *others;
    u32 there = access == O_RDONLY ? pipe->writers : pipe->readers;
    while (access != O_RDWR && !there && *others == seen && !(file->flags & O_NONBLOCK)) {
        s32 error = sleep_on(access == O_RDONLY ? &pipe->readable : &pipe->writable);
        if (error) {
            pipe_close(file);
            return error;
        }
    }
    return 0;
}

static s32 nameless_open(struct file *file)
{
    return attach(file) ? 0 : -ENOMEM;
}

static const struct file_operations pipe_operations = { .open = nameless_open, .close = pipe_close, .read = pipe_read, .write = pipe_write,
                                                        .poll = pipe_poll, .ioctl = pipe_ioctl, .unseekable = 1 };
const struct file_operations fifo_operations = { .open = fifo_open, .unseekable = 1 };

s32 pipe_create(u32 flags, struct file **reader, struct file **writer)
{
    struct dentry *dentry = nameless("pipe", S_IFIFO | 0600, &pipe_operations);
    s32 error;
    if (!dentry)
        return -ENOMEM;
    *reader = file_open(dentry, O_RDONLY | flags, &error);
    *writer = *reader ? file_open(dentry, O_WRONLY | flags, &error) : NULL;
    if (*reader && !*writer)
        file_release(*reader);
    dentry_release(dentry);
    return *writer ? 0 : -ENOMEM;
}
