/*
 * signalfd: signals that the reader has blocked are read as struct signalfd_siginfo, 128 bytes each. Whose they are is decided as it is read, not as it is
 * made. Source: signalfd(2).
 */
#include "../errno.h"
#include "../fs/pipe.h"
#include "../fs/poll.h"
#include "../fs/task_files.h"
#include "../lib/string.h"
#include "../mm/kmalloc.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "../proc/wait_queue.h"
#include "file_calls.h"

struct signal_file {
    u64 mask;
};

struct record {
    u32 number;
    s32 error, code;
    u32 pid, user;
    s32 descriptor;
    u32 timer, band, overrun, trap;
    s32 status, value;
    u64 pointer, user_time, system_time, address;
    u8 rest[48];
};

_Static_assert(sizeof(struct record) == 128, "struct record: signalfd_siginfo");

static struct record record_of(const struct signal_info *info)
{
    struct record record = { .number = info->number, .error = info->error, .code = info->code };
    const u32 *fields = info->fields;
    if (info->number == SIGCHLD && info->code > 0) {
        record.pid = fields[0];
        record.user = fields[1];
        record.status = (s32)fields[2];
    } else if (info->code == SI_TIMER) {
        record.timer = fields[0];
        record.overrun = fields[1];
        record.value = (s32)fields[2];
        record.pointer = fields[2];
    } else if (info->code <= 0) {
        record.pid = fields[0];
        record.user = fields[1];
        if (info->code == SI_QUEUE) {
            record.value = (s32)fields[2];
            record.pointer = fields[2];
        }
    } else if (signal_bit(info->number) & FAULT_SIGNALS)
        record.address = fields[0];
    return record;
}

static u32 take(u64 mask, struct signal_info *info)
{
    u32 number = take_signal(&current->pending, mask, info);
    return number ? number : take_signal(&current->process->pending, mask, info);
}

static s32 signal_read(struct file *file, struct io *io, u64 *position)
{
    const struct signal_file *ours = file->data;
    struct signal_info info;
    u32 number = 0;
    (void)position;
    s32 error = io->left < sizeof(struct record) ? -EINVAL : 0;
    while (!error && io->left >= sizeof(struct record)) {
        if ((number = take(ours->mask, &info))) {
            struct record record = record_of(&info);
            s32 moved = io_put(io, &record, sizeof record);
            error = moved < 0 ? moved : 0;
        } else if (io->done)
            break;
        else
            error = file->flags & O_NONBLOCK ? -EAGAIN : sleep_on(&current->process->signal_sent);
    }
    return io->done ? (s32)io->done : error;
}

static u32 signal_poll(struct file *file, struct poll *poll)
{
    const struct signal_file *ours = file->data;
    poll_wait(poll, &current->process->signal_sent);
    return (current->pending.set | current->process->pending.set) & ours->mask ? POLLIN : 0;
}

static void signal_close(struct file *file)
{
    kfree(file->data);
}

static const struct file_operations operations = { .close = signal_close, .read = signal_read, .poll = signal_poll, .unseekable = 1 };

/* Changes the mask of an open one, or, with -1, makes one. */
s32 sys_signalfd4(s32 descriptor, u32 mask_at, u32 size, u32 flags)
{
    u64 mask;
    if (size != sizeof mask || flags & ~(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    if (copy_from_user(&mask, mask_at, sizeof mask))
        return -EFAULT;
    mask &= ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
    struct file *file = descriptor == -1 ? NULL : file_of_io((u32)descriptor);
    if (descriptor != -1 && (!file || file->operations != &operations))
        return file ? -EINVAL : -EBADF;
    if (file) {
        ((struct signal_file *)file->data)->mask = mask;
        wake_up(&current->process->signal_sent);
        return descriptor;
    }
    struct signal_file *ours = kmalloc(sizeof *ours);
    file = ours ? anonymous_file("[signalfd]", &operations, flags & O_NONBLOCK, ours) : NULL;
    if (!file) {
        kfree(ours);
        return -ENOMEM;
    }
    ours->mask = mask;
    return descriptor_add(file, 0, flags & O_CLOEXEC);
}

s32 sys_signalfd(s32 descriptor, u32 mask_at, u32 size)
{
    return sys_signalfd4(descriptor, mask_at, size, 0);
}
