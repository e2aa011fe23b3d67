/* /proc/PID/mounts: source, place, type and options of each mounted file system. */
#include "../../lib/string.h"
#include "../../memlayout.h"
#include "../../mm/frames.h"
#include "../mount.h"
#include "internal.h"

/* Blanks and the like as octal escapes, so that fields stay apart. */
static void escaped(struct text *text, const char *path)
{
    for (; *path; path++) {
        if (*path == ' ' || *path == '\t' || *path == '\n' || *path == '\\')
            text_add(text, "\\%c%c%c", '0' + (*path >> 6), '0' + (*path >> 3 & 7), '0' + (*path & 7));
        else
            text_bytes(text, path, 1);
    }
}

s32 proc_mounts(struct text *text, struct process *process)
{
    u32 frame = frame_alloc();
    (void)process;
    for (const struct super *super = mounts; frame && super; super = super->next) {
        const char *place = dentry_path(super->root, root_dentry, to_virtual(frame));
        if (!place)
            continue;
        text_add(text, "%s ", super->source);
        escaped(text, place);
        text_add(text, " %s %s,noatime 0 0\n", super->type, super->read_only ? "ro" : "rw");
    }
    if (frame)
        frame_release(frame);
    return 0;
}
