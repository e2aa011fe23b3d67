/* /proc/PID/fd: a link a descriptor, which leads to the open file's own name even where no path does. */
#include "../../errno.h"
#include "../../lib/format.h"
#include "../../lib/string.h"
#include "../../memlayout.h"
#include "../../mm/frames.h"
#include "../file.h"
#include "../inode_cache.h"
#include "../lister.h"
#include "../mount.h"
#include "../task_files.h"
#include "internal.h"

#define number_of_descriptor(pid, descriptor) (0x80000000u | (pid) << 12 | (descriptor))

static struct file *file_at(u32 pid, u32 descriptor)
{
    const struct process *process = process_find(pid);
    const struct files *files = process && process->threads ? process->threads->files : NULL;
    return files && descriptor < FILES_MAX ? files->table[descriptor] : NULL;
}

static s32 readlink(struct inode *inode, char *to, u32 size)
{
    const struct file *file = file_at(pid_of(inode), descriptor_of(inode));
    u32 frame = file ? frame_alloc() : 0;
    if (!frame)
        return file ? -ENOMEM : -ENOENT;
    const char *path = dentry_path(file->dentry, root_dentry, to_virtual(frame));
    u32 length = path ? strlen(path) : 0;
    if (length > size)
        length = size;
    if (path)
        memcpy(to, path, length);
    frame_release(frame);
    return path ? (s32)length : -ENAMETOOLONG;
}

static struct dentry *follow(struct inode *inode)
{
    const struct file *file = file_at(pid_of(inode), descriptor_of(inode));
    return file ? dentry_share(file->dentry) : NULL;
}

static const struct inode_operations link_operations = { .readlink = readlink, .follow = follow };
static const struct node link = { .mode = S_IFLNK | 0700, .operations = &link_operations };

static s32 look_up(struct inode *directory, struct name name, struct inode **found)
{
    u32 descriptor = 0, pid = pid_of(directory);
    for (u32 i = 0; i < name.length; i++) {
        if (name.text[i] < '0' || name.text[i] > '9' || descriptor >= FILES_MAX || (i && !descriptor))
            return -ENOENT;
        descriptor = descriptor * 10 + (u32)(name.text[i] - '0');
    }
    if (!file_at(pid, descriptor))
        return -ENOENT;
    *found = proc_inode(directory->super, number_of_descriptor(pid, descriptor), &link);
    return *found ? 0 : -ENOMEM;
}

static s32 list(struct file *file, struct lister *lister)
{
    s32 stop = list_dots(file, lister);
    u32 pid = pid_of(file->inode);
    for (u32 descriptor = (u32)file->position - 2; !stop && descriptor < FILES_MAX; descriptor++) {
        char text[12];
        if (!file_at(pid, descriptor))
            continue;
        struct name name = { text, format(text, sizeof text, "%u", descriptor) };
        stop = lister->put(lister, name, number_of_descriptor(pid, descriptor), S_IFLNK, descriptor + 3);
        if (!stop)
            file->position = descriptor + 3;
    }
    return stop;
}

const struct inode_operations proc_fd_operations = { .lookup = look_up };
const struct file_operations proc_fd_directory = { .list = list };
