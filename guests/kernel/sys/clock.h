/* Time of day, and since boot. */
#pragma once
#include "../types.h"

#define TICKS_PER_SECOND 100000000u   /* of the time stamp counter: docs/platform.md */

void clock_init(void);
/** Since boot. */
u64 clock_ticks(void);
