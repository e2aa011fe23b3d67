/* Physical pages. */
#pragma once
#include "../types.h"

struct boot_info;

void frames_init(const struct boot_info *boot);
/** A page, contents unspecified, one reference; its physical address, or 0 when memory is used up. */
u32 frame_alloc(void);
/** The same, filled with zeros. */
u32 frame_alloc_zeroed(void);
/** One reference more: the page is mapped, or kept, in one more place. */
void frame_share(u32 frame);
/** One reference less; the last one frees the page. */
void frame_release(u32 frame);
u32 frame_references(u32 frame);
u32 frames_free(void);
u32 frames_total(void);
