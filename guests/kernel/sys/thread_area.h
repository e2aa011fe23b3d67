/* TLS descriptors, as programs describe them. */
#pragma once
#include "../types.h"

/** Reads a struct user_desc that names its entry. 0 or -errno. */
s32 read_thread_area(u32 at, u32 *slot, u64 *descriptor);
