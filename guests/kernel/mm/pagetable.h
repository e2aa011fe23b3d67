/*
 * Page tables of the current process. A 32-bit entry (SDM volume 3, figure 4-4): frame in bits 31-12, then
 * bit 0 present, 1 writable, 2 user, 4 cache disable, 5 accessed, 6 dirty, 8 global (a load of CR3 does not forget it); bit 9 is ours: a page kept, but not to be
 * touched (PROT_NONE), while bit 0 is clear.
 */
#pragma once
#include "../types.h"

#define PTE_PRESENT  0x001u
#define PTE_WRITE    0x002u
#define PTE_USER     0x004u
#define PTE_UNCACHED 0x010u
#define PTE_ACCESSED 0x020u
#define PTE_DIRTY    0x040u
#define PTE_LARGE    0x080u   /* in a directory */
#define PTE_GLOBAL   0x100u
#define PTE_NONE     0x200u

/** There is a page behind this entry, reachable or not. */
#define pte_holds_page(entry) ((entry) & (PTE_PRESENT | PTE_NONE))

struct mm;

/** Gives the address space a page directory, with the kernel's half filled in. 0 or -ENOMEM. */
s32 directory_create(struct mm *mm);
/** Gives back the directory and its page tables for user space, which hold no pages any more. */
void directory_free(struct mm *mm);
/** CR3 becomes this directory (its physical address); what the processor knew of user space, it forgets. */
void directory_load(u32 directory);
/** The same, unless it is loaded already. */
void directory_select(u32 directory);
/** Entries of the loaded one have lost rights. */
void directory_flush(void);
/** The entry for a user address, or NULL: no table there, or, when `create` is set, no memory for one. */
u32 *page_entry(u32 address, int create);
/** Releases the pages of a range (frames outside RAM are just unmapped) and forgets them. */
void pages_unmap(u32 start, u32 end);
/** Applies new rights to the pages present in a range. Write access comes back by a fault only, as pages may be shared. */
void pages_protect(u32 start, u32 end, u32 prot);
/** Moves the pages of a range to another address. 0, or -ENOMEM with nothing moved. */
s32 pages_move(u32 from, u32 to, u32 length);
/** Number of pages present in a range. */
u32 pages_resident(u32 start, u32 end);
/** Enters the pages of a range into another address space too; unless `shared`, both lose write access, to copy at the first write.
    The caller flushes. 0 or -ENOMEM. */
s32 pages_copy(struct mm *to, u32 start, u32 end, u32 shared);
