/* timerfd: a timer whose expirations are read as a number. Source: timerfd_create(2). */
#include "../errno.h"
#include "../fs/pipe.h"
#include "../fs/poll.h"
#include "../fs/task_files.h"
#include "../mm/kmalloc.h"
#include "../proc/timer.h"
#include "../proc/wait_queue.h"
#include "clock.h"
#include "file_calls.h"

#define TFD_TIMER_ABSTIME       1u
#define TFD_TIMER_CANCEL_ON_SET 2u   /* nobody sets the clock */

struct timer_file {
    struct timer timer;   /* first: the two have one address */
    u64 interval, expirations;
    u32 clock;
    struct wait_queue expired;
};

static void expires(struct timer *timer)
{
    struct timer_file *ours = (struct timer_file *)timer;
    ours->expirations++;
    if (ours->interval)
        ours->expirations += timer_repeat(timer, ours->interval);
    wake_up(&ours->expired);
}

static s32 timer_read(struct file *file, struct io *io, u64 *position)
{
    struct timer_file *ours = file->data;
    (void)position;
    s32 error = io->left < 8 ? -EINVAL : 0;
    while (!error && !ours->expirations)
        error = file->flags & O_NONBLOCK ? -EAGAIN : sleep_on(&ours->expired);
    if (error)
        return error;
    u64 value = ours->expirations;
    ours->expirations = 0;
    return io_put(io, &value, sizeof value) == sizeof value ? (s32)sizeof value : -EFAULT;   /* and lost, as on Linux */
}

static u32 timer_poll(struct file *file, struct poll *poll)
{
    struct timer_file *ours = file->data;
    poll_wait(poll, &ours->expired);
    return ours->expirations ? POLLIN : 0;
}

static void timer_close(struct file *file)
{
    struct timer_file *ours = file->data;
    timer_cancel(&ours->timer);
    wait_queue_free(&ours->expired);
    kfree(ours);
}

static const struct file_operations operations = { .close = timer_close, .read = timer_read, .poll = timer_poll, .unseekable = 1 };

s32 sys_timerfd_create(u32 clock, u32 flags)
{
    if (flags & ~(O_CLOEXEC | O_NONBLOCK) || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME))
        return -EINVAL;
    struct timer_file *ours = kmalloc(sizeof *ours);
    struct file *file = ours ? anonymous_file("[timerfd]", &operations, flags & O_NONBLOCK, ours) : NULL;
    if (!file) {
        kfree(ours);
        return -ENOMEM;
    }
    ours->clock = clock;
    ours->timer.expire = expires;
    return descriptor_add(file, 0, flags & O_CLOEXEC);
}

/* NULL and *error: not open, or no such file. */
static struct timer_file *timer_of(u32 descriptor, s32 *error)
{
    struct file *file = file_of_io(descriptor);
    *error = !file ? -EBADF : file->operations != &operations ? -EINVAL : 0;
    return *error ? NULL : file->data;
}

static u64 time_left(const struct timer_file *ours)
{
    u64 now = clock_ticks();
    return !ours->timer.pending ? 0 : ours->timer.at > now ? ours->timer.at - now : 1;
}

typedef s32 read_time(u32 at, u64 *ticks);
typedef s32 write_time(u32 to, u64 ticks);

/* struct itimerspec: interval, value; `size` bytes each. */
static s32 gettime(u32 descriptor, u32 to, u32 size, write_time *write)
{
    s32 error;
    const struct timer_file *ours = timer_of(descriptor, &error);
    return !ours ? error : write(to, ours->interval) || write(to + size, time_left(ours)) ? -EFAULT : 0;
}

static s32 settime(u32 descriptor, u32 flags, u32 from, u32 old, u32 size, read_time *read, write_time *write)
{
    u64 interval, value;
    s32 error = flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) ? -EINVAL : read(from, &interval);
    if (!error)
        error = read(from + size, &value);
    struct timer_file *ours = error ? NULL : timer_of(descriptor, &error);
    if (!ours)
        return error;
    u64 old_interval = ours->interval, left = time_left(ours);
    ours->interval = interval;
    ours->expirations = 0;
    if (!value)
        timer_cancel(&ours->timer);
    else
        timer_set(&ours->timer, flags & TFD_TIMER_ABSTIME ? clock_deadline(ours->clock, value) : clock_ticks() + value);
    return old && (write(old, old_interval) || write(old + size, left)) ? -EFAULT : 0;
}

s32 sys_timerfd_settime(u32 descriptor, u32 flags, u32 from, u32 old)
{
    return settime(descriptor, flags, from, old, 8, ticks_from_timespec, timespec_to_user);
}

s32 sys_timerfd_settime64(u32 descriptor, u32 flags, u32 from, u32 old)
{
    return settime(descriptor, flags, from, old, 16, ticks_from_timespec64, timespec64_to_user);
}

s32 sys_timerfd_gettime(u32 descriptor, u32 to)
{
    return gettime(descriptor, to, 8, timespec_to_user);
}

s32 sys_timerfd_gettime64(u32 descriptor, u32 to)
{
    return gettime(descriptor, to, 16, timespec64_to_user);
}
