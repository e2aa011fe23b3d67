/*
 * Clocks: the real-time clock at boot, and the time stamp counter since then, which counts 100,000,000 a second
 * (docs/platform.md); and the processor time of processes and threads. Source for the RTC: MC146818 datasheet; registers 0 2 4 seconds, minutes, hours, 7 8 9 day,
 * month, year, 32h century, in BCD unless register B bit 2.
 * *Not modelled*: a processor without a TSC: time stands still.
 */
#include "clock.h"
#include "../cpu/instructions.h"
#include "../lib/divide.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "syscall.h"

#define FEATURE_TSC 0x10u
#define SECONDS_MAX 1000000000u   /* of a time from a program: 31 years are for ever */

static u32 boot_seconds;   /* since 1970 */
static u64 boot_ticks;
static int has_tsc;

static u32 rtc(u8 index)
{
    out8(0x70, index);
    return in8(0x71);
}

static u32 rtc_number(u8 index)
{
    u32 value = rtc(index);
    return rtc(0x0b) & 4 ? value : (value >> 4) * 10 + (value & 15);
}

/* Days from 1970-01-01, Gregorian: years begin in March, so that the leap day comes last. */
static u32 days_since_1970(u32 year, u32 month, u32 day)
{
    year -= month <= 2;
    u32 month_from_march = month > 2 ? month - 3 : month + 9;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month_from_march + 2) / 5 + day - 1 - 719468;
}

void clock_init(void)
{
    u32 features;
    cpuid(1, &features);
    has_tsc = (features & FEATURE_TSC) != 0;
    for (u32 polls = 0; polls < 100000 && rtc(0x0a) & 0x80; polls++)   /* update in progress */
        ;
    u32 century = rtc_number(0x32), year = rtc_number(9);
    year += century >= 19 && century <= 21 ? century * 100 : 2000;
    boot_seconds = days_since_1970(year, rtc_number(8), rtc_number(7)) * 86400 + rtc_number(4) * 3600 + rtc_number(2) * 60 + rtc_number(0);
    boot_ticks = has_tsc ? read_tsc() : 0;
}

u64 clock_ticks(void)
{
    return has_tsc ? read_tsc() - boot_ticks : 0;
}

static u64 time_of_day(void)
{
    return clock_ticks() + (u64)boot_seconds * TICKS_PER_SECOND;
}

s32 clock_read(u32 clock, u64 *ticks)
{
    struct usage usage;
    switch (clock) {
    case CLOCK_REALTIME: case CLOCK_REALTIME_COARSE: case CLOCK_TAI:
        *ticks = time_of_day();
        return 0;
    case CLOCK_MONOTONIC: case CLOCK_MONOTONIC_RAW: case CLOCK_MONOTONIC_COARSE: case CLOCK_BOOTTIME:
        *ticks = clock_ticks();
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        usage_kernel_left();   /* up to now */
        usage = usage_of_process();
        *ticks = usage.user + usage.system;
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        usage_kernel_left();
        *ticks = current->usage.user + current->usage.system;
        return 0;
    default:
        return -EINVAL;
    }
}

u64 clock_deadline(u32 clock, u64 ticks)
{
    u64 boot = (u64)boot_seconds * TICKS_PER_SECOND;
    if (clock != CLOCK_REALTIME && clock != CLOCK_TAI)
        return ticks;
    return ticks > boot ? ticks - boot : 0;
}

static s32 to_ticks(u64 seconds, u32 nanoseconds, u64 *ticks)
{
    if ((s64)seconds < 0 || nanoseconds >= 1000000000)
        return -EINVAL;
    u64 limit = (u64)SECONDS_MAX + boot_seconds;   /* absolute times too */
    *ticks = (seconds < limit ? seconds : limit) * TICKS_PER_SECOND + (nanoseconds + NANOSECONDS_PER_TICK - 1) / NANOSECONDS_PER_TICK;
    return 0;
}

s32 ticks_from_timespec(u32 at, u64 *ticks)
{
    s32 time[2];
    return copy_from_user(time, at, sizeof time) ? -EFAULT : to_ticks((u64)(s64)time[0], (u32)time[1], ticks);
}

s32 ticks_from_timespec64(u32 at, u64 *ticks)
{
    u32 time[4];   /* the upper half of the nanoseconds is padding */
    return copy_from_user(time, at, sizeof time) ? -EFAULT : to_ticks((u64)time[1] << 32 | time[0], time[2], ticks);
}

s32 deadline_from_timespec(u32 at, u64 *deadline)
{
    s32 error = ticks_from_timespec(at, deadline);
    *deadline += clock_ticks();
    return error;
}

s32 deadline_from_timespec64(u32 at, u64 *deadline)
{
    s32 error = ticks_from_timespec64(at, deadline);
    *deadline += clock_ticks();
    return error;
}

s32 timespec_to_user(u32 to, u64 ticks)
{
    u32 time[2];
    time[0] = (u32)divide(ticks, TICKS_PER_SECOND, &time[1]);
    time[1] *= NANOSECONDS_PER_TICK;
    return copy_to_user(to, time, sizeof time);
}

s32 timespec64_to_user(u32 to, u64 ticks)
{
    u32 time[4] = { 0, 0, 0, 0 };
    u64 seconds = divide(ticks, TICKS_PER_SECOND, &time[2]);
    time[0] = (u32)seconds;
    time[1] = (u32)(seconds >> 32);
    time[2] *= NANOSECONDS_PER_TICK;
    return copy_to_user(to, time, sizeof time);
}

struct time clock_now(void)
{
    u32 ticks, seconds = (u32)divide(time_of_day(), TICKS_PER_SECOND, &ticks);
    return (struct time){ seconds, ticks * NANOSECONDS_PER_TICK };
}

s32 sys_time(u32 to)
{
    u32 now = (u32)divide(time_of_day(), TICKS_PER_SECOND, NULL);
    return to && copy_to_user(to, &now, 4) ? -EFAULT : (s32)now;
}

s32 sys_gettimeofday(u32 to, u32 zone_at)
{
    static const u32 utc[2];
    u32 time[2];
    time[0] = (u32)divide(time_of_day(), TICKS_PER_SECOND, &time[1]);
    time[1] /= TICKS_PER_SECOND / 1000000;
    if (to && copy_to_user(to, time, sizeof time))
        return -EFAULT;
    return zone_at ? copy_to_user(zone_at, utc, sizeof utc) : 0;
}

s32 sys_clock_gettime(u32 clock, u32 to)
{
    u64 ticks;
    s32 error = clock_read(clock, &ticks);
    return error ? error : timespec_to_user(to, ticks);
}

s32 sys_clock_gettime64(u32 clock, u32 to)
{
    u64 ticks;
    s32 error = clock_read(clock, &ticks);
    return error ? error : timespec64_to_user(to, ticks);
}

/* Time is what the instructions make it: it cannot be set. */
s32 sys_settime(void)
{
    return -EPERM;
}

s32 sys_clock_getres(u32 clock, u32 to)
{
    u64 ticks;
    s32 error = clock_read(clock, &ticks);
    return error || !to ? error : timespec_to_user(to, 1);
}

s32 sys_clock_getres64(u32 clock, u32 to)
{
    u64 ticks;
    s32 error = clock_read(clock, &ticks);
    return error || !to ? error : timespec64_to_user(to, 1);
}
