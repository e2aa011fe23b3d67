/* See interval_timer.h. */
#include "interval_timer.h"
#include "../errno.h"
#include "clock.h"

const struct timespec_form timespec32 = { 8, ticks_from_timespec, timespec_to_user };
const struct timespec_form timespec64 = { 16, ticks_from_timespec64, timespec64_to_user };

s32 timer_setting_from_user(const struct timespec_form *form, u32 from, struct timer_setting *setting)
{
    s32 error = form->read(from, &setting->interval);
    return error ? error : form->read(from + form->size, &setting->value);
}

s32 timer_setting_to_user(const struct timespec_form *form, u32 to, struct timer_setting setting)
{
    return form->write(to, setting.interval) || form->write(to + form->size, setting.value) ? -EFAULT : 0;
}

struct timer_setting interval_timer_left(const struct interval_timer *timer)
{
    u64 now = clock_ticks(), at = timer->timer.at;
    return (struct timer_setting){ timer->interval, !timer->timer.pending ? 0 : at > now ? at - now : 1 };
}

void interval_timer_set(struct interval_timer *timer, struct timer_setting setting, int absolute)
{
    timer->interval = setting.interval;
    if (!setting.value)
        timer_cancel(&timer->timer);
    else
        timer_set(&timer->timer, absolute ? clock_deadline(timer->clock, setting.value) : clock_ticks() + setting.value);
}
