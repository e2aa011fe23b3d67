/* Time of day, and since boot. */
#pragma once
#include "../types.h"

#define TICKS_PER_SECOND 100000000u   /* of the time stamp counter: docs/platform.md */
#define NANOSECONDS_PER_TICK 10u

enum { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
       CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI = 11 };

struct time {
    u32 seconds;       /* since 1970 */
    u32 nanoseconds;
};

void clock_init(void);
/** The time of day. */
struct time clock_now(void);
/** Since boot. */
u64 clock_ticks(void);
/** What a clock shows, in ticks; 0 or -EINVAL: there is no such clock. */
s32 clock_read(u32 clock, u64 *ticks);
/** When, in ticks since boot, a clock of the time of day, or since boot, will show this. */
u64 clock_deadline(u32 clock, u64 ticks);
/** A time from the program, in ticks, rounded up: struct timespec with seconds and nanoseconds of 32 bits, or of 64. 0 or -errno. */
s32 ticks_from_timespec(u32 at, u64 *ticks);
s32 ticks_from_timespec64(u32 at, u64 *ticks);
s32 timespec_to_user(u32 to, u64 ticks);
s32 timespec64_to_user(u32 to, u64 ticks);
/** The same, counted from now: a deadline. */
s32 deadline_from_timespec(u32 at, u64 *deadline);
s32 deadline_from_timespec64(u32 at, u64 *deadline);
