/* The disk the machine booted from. */
#pragma once
#include "../types.h"

/** Reads 1-256 sectors of 512 bytes. 0 or -EIO. */
s32 ata_read(u32 sector, u32 count, void *to);
/** The same for writing. */
s32 ata_write(u32 sector, u32 count, const void *from);
/** What was written is on the disk. */
s32 ata_flush(void);
