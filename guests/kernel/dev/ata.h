/* The disk the machine booted from. */
#pragma once
#include "../types.h"

/** Reads 1-256 sectors of 512 bytes. 0 or -EIO. */
s32 ata_read(u32 sector, u32 count, void *to);
