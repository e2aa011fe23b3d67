/* The file a program comes from. */
#pragma once
#include "../types.h"

struct inode;

/** The file by a path from the kernel, if it may be executed. 0 or -errno. */
s32 program_open(const char *path, struct inode **inode);
/** It is not needed any more; regions that map it hold it themselves. */
void program_close(struct inode *inode);
