/*
 * What the boot stages learn and the kernel needs: the memory map and where the root file system begins. It stays in
 * low memory, where the stage put it; the kernel copies it out.
 */
#pragma once
#include "../types.h"

#define BOOT_RANGES 16

struct memory_range {
    u32 start;   /* physical address */
    u32 end;     /* first byte after it; ranges above 4 GiB are left out */
};

struct boot_info {
    u32 image_sectors;      /* length of boot.img: the archive starts there */
    u32 kernel_sectors;
    u32 tables_end;         /* physical: page tables of the direct map end here when there are no 4 MiB pages; else 0 */
    u32 range_count;
    struct memory_range range[BOOT_RANGES];   /* usable RAM, as E820 reports it */
};
