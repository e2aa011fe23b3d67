/* The mask of signals that ppoll and pselect6 put in place while they wait. */
#pragma once
#include "../types.h"

/** 0, or -errno; a mask at 0 changes nothing. */
s32 wait_mask_begin(u32 mask_at, u32 size);
/** Puts the old mask back, after a handler if a signal ended the wait; gives the answer on. */
s32 wait_mask_end(u32 mask_at, s32 answer);
