/* The root file system. */
#pragma once
#include "../types.h"

/** Reads the table of contents of the archive that begins at `sector`. Returns the number of files. */
u32 ustar_mount(u32 sector);
