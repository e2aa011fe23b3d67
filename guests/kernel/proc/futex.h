/* Futexes: sleeping on a word of the program's memory. */
#pragma once
#include "../types.h"

/** Wakes up to `count` who wait at the address, of the current address space or of those that share the page. How many. */
s32 futex_wake(u32 address, u32 count);
/** At the end of a thread: robust mutexes it holds are marked, and one waiter of each woken. */
void release_robust_futexes(void);
