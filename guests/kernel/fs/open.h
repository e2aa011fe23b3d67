/* Opening a path. */
#pragma once
#include "file.h"

/** As open(2), without a descriptor yet: a file with a reference, or NULL and *error. `path` is the program's. */
struct file *open_user(u32 directory, u32 path, u32 flags, u32 mode, s32 *error);
