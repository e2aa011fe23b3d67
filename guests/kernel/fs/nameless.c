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

struct dentry *nameless(const char *kind, u32 mode, const struct file_operations *operations)
{
    static u32 last;
    char text[32];
    struct dentry *dentry;
    struct inode *inode = inode_make(&super, ++last, mode);
    if (!inode)
        return NULL;
    inode->operations = &inode_operations;
    inode->file_operations = operations;
    inode->user = identity_user();
    inode->group = identity_group();
    u32 length = format(text, sizeof text, "%s:[%u]", kind, inode->number);
    return dentry_make(NULL, (struct name){ text, length }, inode, &dentry) ? NULL : dentry;
}
