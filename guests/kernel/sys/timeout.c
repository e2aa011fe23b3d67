/* Timeouts in the three forms in which programs state them. */
#include "timeout.h"
#include "../errno.h"
#include "../lib/divide.h"
#include "../mm/user.h"
#include "../proc/wait_queue.h"
#include "clock.h"

#define TICKS_PER_MICROSECOND (TICKS_PER_SECOND / 1000000)

/* More than a million microseconds are welcome. */
static s32 ticks_from_timeval(u32 at, u64 *ticks)
{
    s32 time[2];
    if (copy_from_user(time, at, sizeof time))
        return -EFAULT;
    *ticks = (u64)(s64)time[0] * TICKS_PER_SECOND + (u64)(s64)time[1] * TICKS_PER_MICROSECOND;
    return time[0] < 0 || time[1] < 0 ? -EINVAL : 0;
}

s32 timeout_read(struct timeout *t)
{
    u64 ticks;
    t->deadline = FOREVER;
    if (!t->at)
        return 0;
    s32 error = t->wide ? ticks_from_timespec64(t->at, &ticks) : t->micro ? ticks_from_timeval(t->at, &ticks) : ticks_from_timespec(t->at, &ticks);
    t->deadline = ticks ? clock_ticks() + ticks : 0;
    return error;
}

void timeout_write(const struct timeout *t)
{
    u64 now = clock_ticks(), left = t->deadline > now ? t->deadline - now : 0;
    u32 time[2];
    if (!t->at || t->deadline == FOREVER)
        return;
    if (t->wide)
        timespec64_to_user(t->at, left);
    else if (!t->micro)
        timespec_to_user(t->at, left);
    else {
        time[0] = (u32)divide(left, TICKS_PER_SECOND, &time[1]);
        time[1] /= TICKS_PER_MICROSECOND;
        copy_to_user(t->at, time, sizeof time);
    }
}
