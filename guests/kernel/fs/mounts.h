/* The mounts made at boot. */
#pragma once
#include "../types.h"

/** The root, an ext2 file system at that sector of the disk. Without one there is nothing to run. */
void mount_root(u32 sector);
/** /dev, /proc, /tmp, and what boot/mounts names (docs/platform.md). */
void mount_others(void);
/** Makes boot/directory, if it names one, the current directory. */
void enter_directory(void);
