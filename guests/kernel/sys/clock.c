/*
 * Clocks: the real-time clock at boot, and the time stamp counter since then, which counts 100,000,000 a second
 * (docs/platform.md). Source for the RTC: MC146818 datasheet; registers 0 2 4 seconds, minutes, hours, 7 8 9 day,
 * month, year, 32h century, in BCD unless register B bit 2.
 * *Not modelled*: a processor without a TSC: time stands still.
 */
#include "clock.h"
#include "../cpu/instructions.h"
#include "../errno.h"
#include "../lib/divide.h"
#include "../mm/user.h"
#include "syscall.h"

#define NANOSECONDS_PER_TICK 10u
#define FEATURE_TSC 0x10u

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

/* Seconds since boot, and the ticks beyond. */
static u32 seconds_since_boot(u32 *ticks)
{
    return (u32)divide(clock_ticks(), TICKS_PER_SECOND, ticks);
}

s32 sys_time(u32 to)
{
    u32 ticks, now = boot_seconds + seconds_since_boot(&ticks);
    if (to && copy_to_user(to, &now, 4))
        return -EFAULT;
    return (s32)now;
}

s32 sys_gettimeofday(u32 to)
{
    u32 ticks, time[2];
    time[0] = boot_seconds + seconds_since_boot(&ticks);
    time[1] = ticks / (1000 / NANOSECONDS_PER_TICK);
    return to ? copy_to_user(to, time, sizeof time) : 0;
}

/* Clocks 0 and 5 tell the time of day, the others (monotonic, process, thread, boot) the time since boot. */
static s32 read_clock(u32 clock, u32 *seconds, u32 *nanoseconds)
{
    u32 ticks;
    if (clock > 7)
        return -EINVAL;
    *seconds = seconds_since_boot(&ticks) + (clock == 0 || clock == 5 ? boot_seconds : 0);
    *nanoseconds = ticks * NANOSECONDS_PER_TICK;
    return 0;
}

s32 sys_clock_gettime(u32 clock, u32 to)
{
    u32 time[2];
    s32 error = read_clock(clock, &time[0], &time[1]);
    return error ? error : copy_to_user(to, time, sizeof time);
}

s32 sys_clock_gettime64(u32 clock, u32 to)
{
    u32 time[4] = { 0, 0, 0, 0 };   /* 64-bit seconds, 64-bit nanoseconds */
    s32 error = read_clock(clock, &time[0], &time[2]);
    return error ? error : copy_to_user(to, time, sizeof time);
}
