/* Anonymous memory that several address spaces share: mmap(MAP_SHARED | MAP_ANONYMOUS) and then fork. */
#pragma once
#include "../types.h"

/** For a region of so many pages; one reference. NULL: no memory. */
struct shared_pages *shared_pages_create(void);
void shared_pages_hold(struct shared_pages *pages);
/** One region less; the last one frees the pages. */
void shared_pages_release(struct shared_pages *pages);
/** The frame of page `index`, zeros at first; the reference stays here. 0: out of memory. */
u32 shared_page(struct shared_pages *pages, u32 index);
