/* A new address space with a program in it. */
#pragma once
#include "../types.h"

struct arguments;
struct dentry;

struct program {
    struct dentry *file;
    const char *path;             /* as it was asked for */
    const struct arguments *arguments;
};

/** ASLR: on or off for all programs of this run. */
void load_randomised(int on);
/** Maps the program into the current address space, which is empty. NULL, or why it cannot be run. */
const char *load(const struct program *program);
