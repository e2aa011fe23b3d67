/* /proc: the processes and the machine, as Linux's files tell of them. */
#pragma once
#include "../inode.h"

/** The file system, and its root directory, with a reference; NULL: no memory. */
struct inode *proc_create(struct super **super);
