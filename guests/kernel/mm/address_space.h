/* Address spaces: made for a program, copied by fork, shared by threads. */
#pragma once
#include "../inspect.h"

/** An empty one, with one reference; NULL: no memory. */
struct mm *mm_create(void);
/** A copy of the current one: regions and, sharing the frames until one of the two writes, pages. NULL: no memory. */
struct mm *mm_copy(void);
/** The current task goes over to it; what it had before is the answer, and its reference the caller's. */
struct mm *mm_switch(struct mm *mm);
/** Takes all its pages and leaves its regions: who lives there is ending, and will find them gone. */
void mm_take_pages(struct mm *mm);
/** The current one is about to go: tells a host that looks on, while everything is still there (docs/platform.md). `signal`: what
    ended the process, or 0. */
void mm_announce_end(u32 signal);
/** A file was cut to `first` pages: who maps what was beyond finds it gone (SIGBUS). */
void mappings_cut(const struct inode *inode, u32 first);
/** One reference less; the last one frees regions, pages and tables. Not the current one: switch away before. */
void mm_release(struct mm *mm);
