/* How long poll and select wait. */
#pragma once
#include "../types.h"

struct timeout {
    u32 at;                     /* a struct of the program; 0: none, wait for ever */
    u8 wide;                    /* timespec with 64 bits */
    u8 micro;                   /* timeval */
    u64 deadline;               /* in clock ticks; 0: do not wait at all */
};

/** Fills in the deadline. 0 or -errno. */
s32 timeout_read(struct timeout *timeout);
/** What is left of it goes back to the program; that this fails does not matter. */
void timeout_write(const struct timeout *timeout);
