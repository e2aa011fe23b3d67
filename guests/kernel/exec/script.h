/* Scripts: files that begin with #! and name the program that reads them. */
#pragma once
#include "../types.h"

struct dentry;

#define SCRIPT_ROOM 1024u

/* What comes before the program's own arguments: interpreter, its argument if any, path of the script. */
struct script {
    u32 count;              /* of strings; 0: no script */
    u32 length;
    char strings[SCRIPT_ROOM];
};

/** Follows the file at `path` to the program in the end. 0 or -errno: -ELOOP when scripts are nested too deeply. */
s32 script_follow(const char *path, struct dentry **program, struct script *script);
