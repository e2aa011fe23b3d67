/* The regions of the address space: a list sorted by address, no two overlap. */
#pragma once
#include "../inspect.h"

/* Placement and protection flags of mmap, as Linux numbers them. */
#define MAP_SHARED    0x01u
#define MAP_PRIVATE   0x02u
#define MAP_FIXED     0x10u
#define MAP_ANONYMOUS 0x20u
#define MAP_FIXED_NOREPLACE 0x100000u

#define VMA_MAX 65530u

/** The region that holds the address, or the first one above it, or NULL. */
struct vma *vma_find(u32 address);
/** The same, for regions that overlap [start, end): NULL if none does. */
struct vma *vma_overlap(u32 start, u32 end);
/** The region that ends at or below the address, the nearest one, or NULL. */
struct vma *vma_before(u32 address);
/** Adds a copy of *like, merged with its neighbours where they continue each other. Nothing may be there. 0 or -ENOMEM. */
s32 vma_add(const struct vma *like);
/** Unmaps [start, end), splitting regions at its borders: pages, then regions. 0 or -ENOMEM. */
s32 vma_remove(u32 start, u32 end);
/** Lets go of shared pages; a later touch finds private ones. */
void vma_forget_shared(struct vma *vma);
/** Makes `address` a border between regions. 0 or -ENOMEM. */
s32 vma_split_at(u32 address);
/** Joins what continues each other around [start, end). */
void vma_merge_around(u32 start, u32 end);
/** A free range for mmap: below mmap_base, the highest that fits; else the lowest from MMAP_BOTTOM up. 0: none. */
u32 vma_place(u32 length);
/** All of [start, end) is mapped. */
int vma_covers(u32 start, u32 end);
/** Rounds a length up to pages; -EINVAL when the range does not begin on one or leaves user space. */
s32 range_in_pages(u32 start, u32 *length);
/** Nothing is mapped in [start, end), nor would it touch the guard gap below the stack. */
int vma_range_free(u32 start, u32 end);
/** Gives an empty address space copies of the current one's regions, and their pages. 0 or -ENOMEM, with part of it done. */
s32 vmas_copy(struct mm *to);
