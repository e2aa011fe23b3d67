/*
 * Input is demand-driven, so that a run never depends on the host's timing: a byte is asked for when a read, or a poll,
 * wants it, and the machine stands still until it is there. A read ends at a newline, at its count, or at the end of
 * input: what it returns depends on the bytes alone. A poll finds input, or its end, always: it waits for it.
 */
#include "stream.h"
#include "../errno.h"
#include "../fs/ioctl.h"
#include "../fs/pipe.h"
#include "../fs/poll.h"
#include "../mm/user.h"
#include "../proc/wait_queue.h"
#include "uart.h"

#define CHUNK 256u
#define NONE  (-3)
#define END   (-1)

static s32 ahead = NONE;    /* a byte that a poll has asked for, or END */
static struct wait_queue arrived;

void stream_wake(void)
{
    wake_up(&arrived);
}

/* The next byte in `ahead`, or END. */
static s32 look_ahead(void)
{
    while (ahead == NONE) {
        s32 byte = uart_demand();
        if (byte >= END) {
            ahead = byte;
            break;
        }
        s32 error = sleep_on(&arrived);
        if (error)
            return error;
    }
    return 0;
}

static s32 input_read(struct file *file, struct io *io, u64 *position)
{
    u8 bytes[CHUNK];
    int more = 1;
    (void)file, (void)position;
    while (io->left && more) {
        u32 got = 0, wanted = io->left < CHUNK ? io->left : CHUNK;
        s32 error = io_check_put(io);
        while (!error && more && got < wanted && !(error = look_ahead())) {
            more = ahead != END && ahead != '\n';
            if (ahead == END)
                break;
            bytes[got++] = (u8)ahead;
            ahead = NONE;
        }
        if (got && io_put(io, bytes, got) < 0)
            error = -EFAULT;
        if (error)
            return io->done ? (s32)io->done : error;
    }
    return (s32)io->done;
}

static u32 input_poll(struct file *file, struct poll *poll)
{
    (void)file;
    poll_wait(poll, &arrived);
    return look_ahead() ? 0 : ahead == END ? POLLIN | POLLRDNORM | POLLHUP : POLLIN | POLLRDNORM;
}

static s32 input_ioctl(struct file *file, u32 request, u32 argument)
{
    u32 waiting = ahead >= 0;
    (void)file;
    return request == FIONREAD ? copy_to_user(argument, &waiting, 4) : -ENOTTY;
}

static s32 write_to(u16 port, struct io *io)
{
    u8 bytes[CHUNK];
    while (io->left) {
        s32 moved = io_take(io, bytes, CHUNK);
        if (moved <= 0)
            return io->done ? (s32)io->done : moved;
        uart_write(port, bytes, (u32)moved);
    }
    return (s32)io->done;
}

static s32 output_write(struct file *file, struct io *io, u64 *position)
{
    (void)file, (void)position;
    return write_to(COM1, io);
}

static s32 error_write(struct file *file, struct io *io, u64 *position)
{
    (void)file, (void)position;
    return write_to(COM2, io);
}

static const struct file_operations operations[3] = {
    { .read = input_read, .poll = input_poll, .ioctl = input_ioctl, .unseekable = 1 },
    { .write = output_write, .unseekable = 1 },
    { .write = error_write, .unseekable = 1 },
};

struct dentry *stream_dentry(unsigned number)
{
    return nameless("pipe", S_IFIFO | 0600, &operations[number]);
}
