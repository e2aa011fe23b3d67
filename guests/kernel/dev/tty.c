/* The terminal as a file: read, write, poll. */
#include "tty.h"
#include "../errno.h"
#include "../fs/poll.h"
#include "../proc/task.h"
#include "../sys/clock.h"
#include "uart.h"

#define CHUNK 256u
#define TENTH (TICKS_PER_SECOND / 10)

struct tty tty = {
    .termios = { ICRNL | IXON | IUTF8, OPOST | ONLCR, 0000017 | 0000060 | 0000200, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN, 0,
                 { [VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4, [VMIN] = 1, [VSTART] = 17, [VSTOP] = 19, [VSUSP] = 26,
                   [VREPRINT] = 18, [VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22 } },
};

void tty_init(u32 terminals, u32 rows, u32 columns)
{
    tty.rows = (u16)rows;
    tty.columns = (u16)columns;
    tty.port = terminals & 2 ? COM1 : terminals & 4 ? COM2 : terminals ? 0 : COM1;
    tty.hung_up = !(terminals & 1);
    if (terminals)
        tty.session = tty.foreground = 1;
    if (terminals & 1)
        uart_listen();
}

static int has_input(void)
{
    return tty.termios.local & ICANON ? tty.lines > 0 : tty.count > 0;
}

/* A line, or as much of it as is wanted. */
static s32 read_line(struct io *io)
{
    while (io->left) {
        u16 value = tty_take();
        u8 byte = (u8)value;
        if (value & INPUT_EOF)
            break;
        if (io_put(io, &byte, 1) < 0)
            return io->done ? (s32)io->done : -EFAULT;
        if (value & INPUT_END)
            return (s32)io->done;
    }
    if (io->left == 0 && tty.lines && tty.ring[tty.start] & INPUT_EOF)   /* an end that just follows what was asked for belongs to it */
        tty_take();
    return (s32)io->done;
}

static s32 wait_for_line(const struct file *file)
{
    while (!has_input()) {
        if (tty.hung_up)
            return 0;
        if (file->flags & O_NONBLOCK)
            return -EAGAIN;
        s32 error = sleep_on(&tty.readable);
        if (!error)
            error = tty_job_check(0);
        if (error)
            return error;
    }
    return 1;
}

static s32 take_bytes(struct io *io)
{
    while (io->left && tty.count) {
        u16 value = tty_take();
        u8 byte = (u8)value;
        if (!(value & INPUT_EOF) && io_put(io, &byte, 1) < 0)
            return io->done ? 0 : -EFAULT;
    }
    return 0;
}

/* POSIX's four cases of MIN and TIME; TIME counts from the last byte, or, without MIN, from the call. */
static s32 read_bytes(const struct file *file, struct io *io)
{
    u32 least = tty.termios.characters[VMIN], time = tty.termios.characters[VTIME];
    if (least > io->left)
        least = io->left;
    u64 deadline = time && !least ? clock_ticks() + (u64)time * TENTH : FOREVER;
    s32 error = take_bytes(io);
    while (!error && io->left && !tty.hung_up && (least ? io->done < least : !io->done && time)) {
        if (file->flags & O_NONBLOCK)
            error = -EAGAIN;
        else {
            if (least && time && io->done)
                deadline = clock_ticks() + (u64)time * TENTH;
            error = sleep_on_until(&tty.readable, deadline);
        }
        if (!error)
            error = tty_job_check(0);
        if (!error)
            error = take_bytes(io);
    }
    return io->done || error == -ETIMEDOUT ? (s32)io->done : error;
}

static s32 read(struct file *file, struct io *io, u64 *position)
{
    s32 error = tty_job_check(0);
    (void)position;
    if (!error)
        error = io_check_put(io);
    if (error || !io->left)
        return error;
    if (!(tty.termios.local & ICANON))
        return read_bytes(file, io);
    s32 ready = wait_for_line(file);
    return ready > 0 ? read_line(io) : ready;
}

static u16 port_of(const struct file *file)
{
    return file->data ? (u16)(u32)file->data : tty.port;
}

static s32 write(struct file *file, struct io *io, u64 *position)
{
    u8 bytes[CHUNK];
    s32 error = tty.termios.local & TOSTOP ? tty_job_check(1) : 0;
    (void)position;
    while (io->left && !error) {
        while (tty.stopped && !error)
            error = file->flags & O_NONBLOCK ? -EAGAIN : sleep_on(&tty.writable);
        s32 moved = error ? 0 : io_take(io, bytes, CHUNK);
        for (s32 i = 0; i < moved; i++)
            tty_put(port_of(file), bytes[i]);
        if (moved < 0)
            error = moved;
    }
    return io->done ? (s32)io->done : error;
}

static u32 poll(struct file *file, struct poll *poll)
{
    (void)file;
    poll_wait(poll, &tty.readable);
    poll_wait(poll, &tty.writable);
    u32 minimum = tty.termios.characters[VTIME] ? 1 : tty.termios.characters[VMIN];
    int ready = tty.termios.local & ICANON ? tty.lines > 0 : tty.count >= (minimum ? minimum : 1);
    return (ready ? POLLIN | POLLRDNORM : 0) | (tty.hung_up ? POLLIN | POLLRDNORM | POLLHUP : 0) | (tty.stopped ? 0 : POLLOUT | POLLWRNORM);
}

/* By number: 5:0 is the terminal of the caller's session, 4:65 writes to COM2. A session leader without a terminal gets this one. */
static s32 open(struct file *file)
{
    const struct process *process = current->process;
    if (file->inode->device == device_number(5, 0))
        return tty.session && tty.session == process->session ? 0 : -ENXIO;
    if (file->inode->device == device_number(4, 64))
        file->data = (void *)COM1;
    if (file->inode->device == device_number(4, 65))
        file->data = (void *)COM2;
    if (!(file->flags & O_NOCTTY) && !tty.session && process->session == process->pid) {
        tty.session = process->session;
        tty.foreground = process->group;
    }
    return 0;
}

const struct file_operations tty_operations = { .open = open, .read = read, .write = write, .poll = poll, .ioctl = tty_ioctl, .unseekable = 1 };
