/* What a program finds on its stack. */
#pragma once
#include "../types.h"

struct image;

/** Maps the stack and fills it; `randomise` moves its contents down by up to 8 KiB. ESP at the entry, or 0 when the strings are too many. */
u32 stack_build(const struct image *image, int randomise);
