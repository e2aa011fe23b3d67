/*
 * boot/mounts: a line a file system, "SECTOR ro|rw PATH": an ext2 file system at that sector of the disk, for the
 * directory at PATH, which may hold blanks.
 */
#include "mounts.h"
#include "../dev/devices.h"
#include "../lib/string.h"
#include "../log.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../proc/task.h"
#include "ext2/ext2.h"
#include "mount.h"
#include "page_cache.h"
#include "proc/proc.h"
#include "task_files.h"
#include "tmpfs/tmpfs.h"
#include "walk.h"

#define TMP_MINOR 7u

void mount_root(u32 sector)
{
    struct super *super;
    struct inode *root = ext2_mount(sector, 0, "/dev/root", &super);
    if (!root || mount(super, root, NULL))
        panic(NULL, "no root file system at sector %u", sector);
}

static void mount_at(const char *path, struct inode *root, struct super *super)
{
    struct dentry *place = root ? path_find(path) : NULL;
    if (!place || !is_directory(place->inode) || mount(super, root, place))
        log_line("%s: not mounted", path);
    if (place)
        dentry_release(place);
}

static u32 number(const char **text)
{
    u32 value = 0;
    for (; **text >= '0' && **text <= '9'; ++*text)
        value = value * 10 + (u32)(**text - '0');
    return value;
}

/* One line, ended by a NUL. */
static void mount_line(const char *line)
{
    struct super *super;
    u32 sector = number(&line);
    int read_only = !strncmp(line, " ro ", 4);
    if (!sector || (!read_only && strncmp(line, " rw ", 4)))
        return;
    struct inode *root = ext2_mount(sector, read_only, "host", &super);
    mount_at(line + 4, root, super);
}

/* A file of boot/ as a string, in a page of its own; NULL: there is none. */
static char *read_text(const char *path)
{
    struct dentry *file = path_find(path);
    u32 frame = file ? frame_alloc_zeroed() : 0;
    if (frame)
        inode_read(file->inode, 0, to_virtual(frame), PAGE_SIZE - 1);
    if (file)
        dentry_release(file);
    return frame ? to_virtual(frame) : NULL;
}

static void mount_listed(void)
{
    char *text = read_text("/boot/mounts");
    for (char *line = text; line && *line;) {
        char *end = line;
        while (*end && *end != '\n')
            end++;
        char *next = *end ? end + 1 : end;
        *end = 0;
        mount_line(line);
        line = next;
    }
    if (text)
        frame_release(to_physical(text));
}

void enter_directory(void)
{
    char *text = read_text("/boot/directory");
    struct dentry *place = text ? path_find(text) : NULL;
    if (place && is_directory(place->inode)) {
        dentry_release(current->fs->cwd);
        current->fs->cwd = dentry_share(place);
    } else if (text)
        log_line("%s: no such directory", text);
    if (place)
        dentry_release(place);
    if (text)
        frame_release(to_physical(text));
}

void mount_others(void)
{
    struct super *super;
    devices_mount();
    struct inode *tmp = tmpfs_create("tmpfs", TMP_MINOR, frames_total() / 2, 01777, &super);
    mount_at("/tmp", tmp, super);
    struct inode *proc = proc_create(&super);
    mount_at("/proc", proc, super);
    mount_listed();
}
