/* Files of the root file system, as read() sees them. */
#pragma once
#include "inode.h"

extern const struct file_operations regular_operations;
