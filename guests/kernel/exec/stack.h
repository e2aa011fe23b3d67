/* What a program finds on its stack. */
#pragma once
#include "../types.h"

struct arguments;
struct image;

/** Maps the stack and fills it; `randomise` moves its contents down by up to 8 KiB. ESP at the entry, or 0 when there is no memory. */
u32 stack_build(const struct image *image, const struct arguments *arguments, const char *path, int randomise);
