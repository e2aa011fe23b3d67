/* Small kernel objects. */
#pragma once
#include "../types.h"

/** Zeroed memory of at least `size` bytes, 16-aligned, at most KMALLOC_MAX; NULL when there is none. */
void *kmalloc(u32 size);
void kfree(void *object);

#define KMALLOC_MAX 2032u
