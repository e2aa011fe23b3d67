/* The machine's only randomness: from seed= in boot/cmdline, so that a run can be repeated. */
#pragma once
#include "../types.h"

void random_seed(u32 seed);
u32 random_u32(void);
