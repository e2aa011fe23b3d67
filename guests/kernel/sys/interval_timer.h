/* Timers that programs set by struct itimerspec: those of timer_create, and of timerfd_create. Times are in clock ticks. */
#pragma once
#include "../proc/timer.h"

struct interval_timer {
    struct timer timer;   /* first: the two have one address */
    u64 interval;
    u32 clock;
};

/* struct itimerspec. */
struct timer_setting {
    u64 interval, value;
};

/** How a program has its times: seconds and nanoseconds of 32 bits, or of 64. */
struct timespec_form {
    u32 size;
    s32 (*read)(u32 at, u64 *ticks);
    s32 (*write)(u32 to, u64 ticks);
};

extern const struct timespec_form timespec32, timespec64;

/** 0 or -errno. */
s32 timer_setting_from_user(const struct timespec_form *form, u32 from, struct timer_setting *setting);
/** 0 or -EFAULT. */
s32 timer_setting_to_user(const struct timespec_form *form, u32 to, struct timer_setting setting);
/** The interval, and what is left until it expires: 0 when it is not set. */
struct timer_setting interval_timer_left(const struct interval_timer *timer);
/** `absolute`: the value is a time of its clock. A value of 0 cancels it. */
void interval_timer_set(struct interval_timer *timer, struct timer_setting setting, int absolute);
