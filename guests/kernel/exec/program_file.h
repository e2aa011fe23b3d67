/* The file a program comes from. */
#pragma once
#include "../types.h"

struct dentry;

/** The file by a path of the kernel, if it may be executed, with a reference. 0 or -errno. */
s32 program_open(const char *path, struct dentry **program);
void program_close(struct dentry *program);
/** An address space runs it, or does no longer: meanwhile nobody may write to it (-ETXTBSY). NULL: nothing. */
void program_hold(struct dentry *program);
void program_release(struct dentry *program);
