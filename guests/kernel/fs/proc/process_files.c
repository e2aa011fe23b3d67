/* What is in the directory of a process. */
#include "../../errno.h"
#include "../../lib/string.h"
#include "../../memlayout.h"
#include "../../mm/frames.h"
#include "../mount.h"
#include "../task_files.h"
#include "../walk.h"
#include "internal.h"

/* Strings of its memory, as they are. */
static s32 memory(struct text *text, const struct mm *mm, u32 from, u32 to)
{
    u8 part[256];
    while (mm && from < to) {
        u32 count = proc_peek(mm, from, part, to - from < sizeof part ? to - from : sizeof part);
        if (!count)
            break;
        text_bytes(text, part, count);
        from += count;
    }
    return 0;
}

static s32 show_cmdline(struct text *text, struct process *process)
{
    const struct mm *mm = proc_mm(process);
    return mm ? memory(text, mm, mm->arg_start, mm->arg_end) : 0;
}

static s32 show_environ(struct text *text, struct process *process)
{
    const struct mm *mm = proc_mm(process);
    return mm ? memory(text, mm, mm->env_start, mm->env_end) : 0;
}

static s32 show_comm(struct text *text, struct process *process)
{
    text_add(text, "%s\n", process->threads ? process->threads->name : "");
    return 0;
}

static s32 path_of(const struct dentry *dentry, char *to, u32 size)
{
    u32 frame = frame_alloc();
    const char *path = frame ? dentry_path(dentry, root_dentry, to_virtual(frame)) : NULL;
    u32 length = path ? strlen(path) : 0;
    if (length > size)
        length = size;
    if (path)
        memcpy(to, path, length);
    if (frame)
        frame_release(frame);
    return path ? (s32)length : -ENAMETOOLONG;
}

static s32 link_exe(char *to, u32 size, struct process *process)
{
    const struct mm *mm = proc_mm(process);
    if (!mm)
        return -ENOENT;
    u32 length = strlen(mm->path);
    if (length > size)
        length = size;
    memcpy(to, mm->path, length);
    return (s32)length;
}

static struct dentry *follow_exe(struct process *process)
{
    const struct mm *mm = proc_mm(process);
    return mm ? path_find(mm->path) : NULL;
}

static struct fs *fs_of(const struct process *process)
{
    return process->threads ? process->threads->fs : NULL;
}

static s32 link_cwd(char *to, u32 size, struct process *process)
{
    return fs_of(process) ? path_of(fs_of(process)->cwd, to, size) : -ENOENT;
}

static struct dentry *follow_cwd(struct process *process)
{
    return fs_of(process) ? dentry_share(fs_of(process)->cwd) : NULL;
}

static s32 link_root(char *to, u32 size, struct process *process)
{
    return fs_of(process) ? path_of(fs_of(process)->root, to, size) : -ENOENT;
}

static struct dentry *follow_root(struct process *process)
{
    return fs_of(process) ? dentry_share(fs_of(process)->root) : NULL;
}

#define FILE(file, function) { .name = file, .mode = S_IFREG | 0444, .show = function }
#define LINK(file, text, lead) { .name = file, .mode = S_IFLNK | 0777, .link = text, .follow = lead, .operations = &proc_follow_operations }

const struct node proc_process_nodes[] = {
    FILE("maps", proc_maps), FILE("smaps", proc_smaps), FILE("status", proc_status), FILE("stat", proc_stat), FILE("statm", proc_statm),
    FILE("cmdline", show_cmdline), FILE("environ", show_environ), FILE("comm", show_comm), FILE("mounts", proc_mounts),
    LINK("exe", link_exe, follow_exe), LINK("cwd", link_cwd, follow_cwd), LINK("root", link_root, follow_root),
    { .name = "fd", .mode = S_IFDIR | 0500, .operations = &proc_fd_operations, .file_operations = &proc_fd_directory },
};
const u32 proc_process_count = COUNT(proc_process_nodes);
