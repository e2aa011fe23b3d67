/* Files without a name: pipes, the host's streams. They have a file system of their own, which is mounted nowhere. */
#include "../lib/format.h"
#include "../lib/string.h"
#include "../proc/identity.h"
#include "inode_cache.h"
#include "pipe.h"

#define PIPEFS_MAGIC 0x50495045u

static void statfs(struct super *super, struct statfs *to)
{
    (void)super;
    *to = (struct statfs){ .type = PIPEFS_MAGIC, .block_size = 4096, .name_length = NAME_LIMIT };
}

static const struct super_operations super_operations = { .statfs = statfs };
static const struct inode_operations inode_operations;
static struct super super = { .operations = &super_operations, .device = device_number(0, 12), .type = "pipefs", .source = "none" };

static struct dentry *make(const char *name, u32 length, struct inode *inode, u32 mode, const struct file_operations *operations)
{
    struct dentry *dentry;
    inode->mode = mode;
    inode->operations = &inode_operations;
    inode->file_operations = operations;
    inode->user = identity_user();
    inode->group = identity_group();
    return dentry_make(NULL, (struct name){ name, length }, inode, &dentry) ? NULL : dentry;
}

static u32 last;

struct dentry *nameless(const char *kind, u32 mode, const struct file_operations *operations)
{
    char text[32];
    struct inode *inode = inode_make(&super, ++last, mode);
    return inode ? make(text, format(text, sizeof text, "%s:[%u]", kind, inode->number), inode, mode, operations) : NULL;
}

struct file *anonymous_file(const char *kind, const struct file_operations *operations, u32 flags, void *data)
{
    char text[32];
    s32 error;
    struct inode *inode = inode_make(&super, ++last, 0600);
    struct dentry *dentry = inode ? make(text, format(text, sizeof text, "anon_inode:%s", kind), inode, 0600, operations) : NULL;
    struct file *file = dentry ? file_open(dentry, O_RDWR | flags, &error) : NULL;
    if (dentry)
        dentry_release(dentry);
    if (file)
        file->data = data;
    return file;
}
