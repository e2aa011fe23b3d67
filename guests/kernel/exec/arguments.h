/* The strings of argv and envp, on their way from one program to the next. */
#pragma once
#include "../types.h"

struct inode;

#define ARGUMENT_PAGES 256u   /* 1 MiB of strings, a fraction of the stack they go to */

struct arguments {
    u32 length;        /* bytes of all strings, each ended by a NUL: first argv's, then envp's */
    u32 argc, envc;
    u32 environment;   /* where envp's begin */
    u32 frame[ARGUMENT_PAGES];
};

struct arguments *arguments_create(void);
void arguments_free(struct arguments *arguments);
/** One string more, from the kernel. 0, -E2BIG or -ENOMEM. */
s32 arguments_add(struct arguments *arguments, const char *string);
/** The strings of a NULL-ended array of pointers in the program's memory, but for the first `skip`; their number in *count. 0 or -errno. */
s32 arguments_add_array(struct arguments *arguments, u32 array, u32 skip, u32 *count);
/** The strings of a file, each ended by a NUL. 0 or -errno. */
s32 arguments_add_file(struct arguments *arguments, struct inode *inode, u32 *count);
/** Copies all to the stack that begins at `to`. 0 or -EFAULT. */
s32 arguments_copy(const struct arguments *arguments, u32 to);
/** Length of the string at `offset`, with its NUL. */
u32 arguments_string_length(const struct arguments *arguments, u32 offset);
