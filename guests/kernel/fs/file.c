/* Open files: made, shared by descriptors, closed with the last of them. */
#include "file.h"
#include "../errno.h"
#include "../mm/kmalloc.h"
#include "epoll.h"
#include "inode_cache.h"
#include "locks.h"

static u32 writes(const struct file *file)
{
    return may_write(file) && is_regular(file->inode);
}

struct file *file_open(struct dentry *dentry, u32 flags, s32 *error)
{
    struct file *file = kmalloc(sizeof *file);
    *error = -ENOMEM;
    if (!file)
        return NULL;
    *file = (struct file){ .dentry = dentry_share(dentry), .inode = inode_share(dentry->inode), .operations = dentry->inode->file_operations,
                           .references = 1, .flags = flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC) };
    *error = writes(file) && file->inode->writers < 0 ? -ETXTBSY : 0;
    if (!*error && !(flags & O_PATH) && file->operations->open)
        *error = file->operations->open(file);
    if (*error) {
        dentry_release(file->dentry);
        inode_release(file->inode);
        kfree(file);
        return NULL;
    }
    file->inode->writers += (s32)writes(file);
    return file;
}

struct file *file_share(struct file *file)
{
    file->references++;
    return file;
}

void file_release(struct file *file)
{
    if (--file->references)
        return;
    epoll_forget(file);
    lock_drop_whole(file);
    if (file->operations->close && !(file->flags & O_PATH))
        file->operations->close(file);
    file->inode->writers -= (s32)writes(file);
    dentry_release(file->dentry);
    inode_release(file->inode);
    kfree(file);
}
