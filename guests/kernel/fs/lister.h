/* How a directory is listed: it calls put() for each entry; a non-zero answer ends the listing with that. */
#pragma once
#include "inode.h"

struct lister {
    /* `type` is the mode's, `next` the file position after this entry. */
    s32 (*put)(struct lister *lister, struct name name, u32 number, u32 type, u64 next);
};

/** "." and ".." at positions 0 and 1, for file systems that keep none. */
s32 list_dots(struct file *file, struct lister *lister);
