/* Creation, sharing, copying and end of what a task has of the file system. */
#include "task_files.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../mm/kmalloc.h"
#include "mount.h"

struct files *files_create(void)
{
    struct files *files = kmalloc(sizeof *files);
    u32 frame = files ? frame_alloc_zeroed() : 0;
    if (!frame) {
        kfree(files);
        return NULL;
    }
    files->references = 1;
    files->limit = FILES_MAX;
    files->table = to_virtual(frame);
    return files;
}

struct files *files_copy(const struct files *from)
{
    struct files *files = files_create();
    if (!files)
        return NULL;
    files->limit = from->limit;
    files->end = from->end;
    for (u32 i = 0; i < from->end; i++)
        if (from->table[i])
            files->table[i] = file_share(from->table[i]);
    memcpy(files->close_on_exec, from->close_on_exec, sizeof files->close_on_exec);
    return files;
}

struct files *files_share(struct files *files)
{
    files->references++;
    return files;
}

struct files *files_unshare(struct files *files)
{
    if (files->references == 1)
        return files;
    struct files *copy = files_copy(files);
    if (copy)
        files_release(files);
    return copy;
}

void files_release(struct files *files)
{
    if (!files || --files->references)
        return;
    for (u32 i = 0; i < files->end; i++)
        if (files->table[i])
            files_close(files, i);
    frame_release(to_physical(files->table));
    kfree(files);
}

struct fs *fs_create(void)
{
    struct fs *fs = kmalloc(sizeof *fs);
    if (fs)
        *fs = (struct fs){ .references = 1, .umask = 022, .root = dentry_share(root_dentry), .cwd = dentry_share(root_dentry) };
    return fs;
}

struct fs *fs_copy(const struct fs *from)
{
    struct fs *fs = kmalloc(sizeof *fs);
    if (fs)
        *fs = (struct fs){ .references = 1, .umask = from->umask, .root = dentry_share(from->root), .cwd = dentry_share(from->cwd) };
    return fs;
}

struct fs *fs_share(struct fs *fs)
{
    fs->references++;
    return fs;
}

void fs_release(struct fs *fs)
{
    if (!fs || --fs->references)
        return;
    dentry_release(fs->root);
    dentry_release(fs->cwd);
    kfree(fs);
}
