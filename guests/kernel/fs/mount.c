/* Mounting, and crossing mount points both ways. */
#include "mount.h"
#include "../errno.h"
#include "inode_cache.h"
#include "page_cache.h"

struct dentry *root_dentry;
struct super *mounts;

s32 mount(struct super *super, struct inode *root, struct dentry *place)
{
    struct super **last = &mounts;
    s32 error = dentry_make(NULL, (struct name){ "", 0 }, root, &super->root);
    if (error)
        return error;
    while (*last)
        last = &(*last)->next;
    *last = super;
    if (!place)
        root_dentry = super->root;
    else {
        place->mounted = super->root;
        super->root->covers = dentry_share(place);
    }
    return 0;
}

struct dentry *mount_enter(struct dentry *dentry)
{
    while (dentry->mounted) {
        struct dentry *inside = dentry_share(dentry->mounted);
        dentry_release(dentry);
        dentry = inside;
    }
    return dentry;
}

struct dentry *dentry_above(struct dentry *dentry, const struct dentry *root)
{
    struct dentry *above = dentry;
    while (above != root && above->parent == above && above->covers)
        above = above->covers;
    above = dentry_share(above == root ? above : above->parent);
    dentry_release(dentry);
    return mount_enter(above);
}

s32 sync_inode(struct inode *inode)
{
    const struct super_operations *operations = inode->super->operations;
    s32 error = pages_write_back(inode);
    s32 failed = operations->sync ? operations->sync(inode->super) : 0;
    return error ? error : failed;
}

s32 sync_all(void)
{
    s32 error = 0, failed;
    for (struct inode *inode = inode_next(NULL); inode; inode = inode_next(inode))
        if ((failed = pages_write_back(inode)))
            error = failed;
    for (struct super *super = mounts; super; super = super->next)
        if (super->operations->sync && (failed = super->operations->sync(super)))
            error = failed;
    return error;
}

void sync_for_good(void)
{
    for (struct inode *inode = inode_next(NULL); inode; inode = inode_next(inode))
        if (!inode->links && inode->operations && inode->operations->free) {
            inode->operations->free(inode);
            inode->operations = NULL;   /* nothing of it is to be written */
        }
    sync_all();
}
