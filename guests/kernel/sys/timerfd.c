/* timerfd: a timer whose expirations are read as a number. Source: timerfd_create(2). */
#include "../errno.h"
#include "../fs/pipe.h"
#include "../fs/poll.h"
#include "../fs/task_files.h"
#include "../mm/kmalloc.h"
#include "../proc/wait_queue.h"
#include "clock.h"
#include "file_calls.h"
#include "interval_timer.h"

#define TFD_TIMER_ABSTIME       1u
#define TFD_TIMER_CANCEL_ON_SET 2u   /* nobody sets the clock */

struct timer_file {
    struct interval_timer interval_timer;   /* first: the two have one address */
    u64 expirations;
    struct wait_queue expired;
};

static void expires(struct timer *timer)
{
    struct timer_file *ours = (struct timer_file *)timer;
    ours->expirations++;
    if (ours->interval_timer.interval)
        ours->expirations += timer_repeat(timer, ours->interval_timer.interval);
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
    timer_cancel(&ours->interval_timer.timer);
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
    ours->interval_timer.clock = clock;
    ours->interval_timer.timer.expire = expires;
    return descriptor_add(file, 0, flags & O_CLOEXEC);
}

/* NULL and *error: not open, or no such file. */
static struct timer_file *timer_of(u32 descriptor, s32 *error)
{
    struct file *file = file_of_io(descriptor);
    *error = !file ? -EBADF : file->operations != &operations ? -EINVAL : 0;
    return *error ? NULL : file->data;
}

static s32 gettime(u32 descriptor, u32 to, const struct timespec_form *form)
{
    s32 error;
    const struct timer_file *ours = timer_of(descriptor, &error);
    return !ours ? error : timer_setting_to_user(form, to, interval_timer_left(&ours->interval_timer));
}

static s32 settime(u32 descriptor, u32 flags, u32 from, u32 old_at, const struct timespec_form *form)
{
    struct timer_setting wanted;
    s32 error = flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) ? -EINVAL : timer_setting_from_user(form, from, &wanted);
    struct timer_file *ours = error ? NULL : timer_of(descriptor, &error);
    if (!ours)
        return error;
    struct timer_setting old = interval_timer_left(&ours->interval_timer);
    ours->expirations = 0;
    interval_timer_set(&ours->interval_timer, wanted, flags & TFD_TIMER_ABSTIME);
    return old_at ? timer_setting_to_user(form, old_at, old) : 0;
}

s32 sys_timerfd_settime(u32 descriptor, u32 flags, u32 from, u32 old)
{
    return settime(descriptor, flags, from, old, &timespec32);
}

s32 sys_timerfd_settime64(u32 descriptor, u32 flags, u32 from, u32 old)
{
    return settime(descriptor, flags, from, old, &timespec64);
}

s32 sys_timerfd_gettime(u32 descriptor, u32 to)
{
    return gettime(descriptor, to, &timespec32);
}

s32 sys_timerfd_gettime64(u32 descriptor, u32 to)
{
    return gettime(descriptor, to, &timespec64);
}
