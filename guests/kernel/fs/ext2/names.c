/* Names made, removed and moved. What may fail for want of room comes first, so that nothing is left half done. */
#include "../../errno.h"
#include "../../lib/string.h"
#include "../../memlayout.h"
#include "../../sys/clock.h"
#include "../inode_cache.h"
#include "../page_cache.h"
#include "ext2.h"

static s32 links_changed(struct inode *inode, s32 by)
{
    inode->links += (u32)by;
    inode->ctime = clock_now();
    return inode_changed(inode);
}

/* Undoes ext2_new_inode. */
static s32 give_up(struct inode *inode, s32 error)
{
    inode->links = 0;
    inode_release(inode);
    return error;
}

/* Writes a new inode, unless it has failed already, and gives it its name. */
static s32 settle(struct inode *directory, struct name name, struct inode *inode, s32 error, struct inode **made)
{
    if (!error)
        error = ext2_write_inode(inode);
    if (!error)
        error = ext2_add(directory, name, inode);
    if (error)
        return give_up(inode, error);
    *made = inode;
    return 0;
}

static s32 create(struct inode *directory, struct name name, u32 mode, u32 device, struct inode **made)
{
    int is_a_directory = (mode & S_IFMT) == S_IFDIR;
    s32 error;
    if (is_a_directory && directory->links >= LINKS_MAX)
        return -EMLINK;
    struct inode *inode = ext2_new_inode(directory, mode, device, &error);
    if (!inode)
        return error;
    if (is_a_directory)
        error = ext2_fill_directory(inode, directory);
    error = settle(directory, name, inode, error, made);
    if (!error && is_a_directory) {
        links_changed(inode, 1);
        links_changed(directory, 1);
    }
    return error;
}

static s32 write_target(struct inode *inode, const char *target)
{
    u32 length = strlen(target);
    s32 error = 0;
    inode->size = length;
    if (length < sizeof inode->blocks) {
        memcpy(inode->blocks, target, length);
        return 0;
    }
    struct page *page = page_get(inode, 0, 1, &error);
    if (page && !(error = ext2_prepare_write(inode, 0))) {
        memcpy(to_virtual(page->frame), target, length);
        page->dirty = 1;
    }
    return error;
}

static s32 symlink(struct inode *directory, struct name name, const char *target, struct inode **made)
{
    s32 error;
    struct inode *inode = ext2_new_inode(directory, S_IFLNK | 0777, 0, &error);
    if (!inode)
        return error;
    return settle(directory, name, inode, write_target(inode, target), made);
}

static s32 link(struct inode *directory, struct name name, struct inode *target)
{
    if (target->links >= LINKS_MAX)
        return -EMLINK;
    s32 error = ext2_add(directory, name, target);
    return error ? error : links_changed(target, 1);
}

/* The inode has lost a name; a directory its "." with it, and its parent the "..". */
static void lost_name(struct inode *parent, struct inode *inode)
{
    if (is_directory(inode)) {
        links_changed(inode, -(s32)inode->links);
        links_changed(parent, -1);
    } else
        links_changed(inode, -1);
}

static s32 remove(struct inode *directory, struct name name, struct inode *target)
{
    s32 error = ext2_take(directory, name);
    if (!error)
        lost_name(directory, target);
    return error;
}

static s32 change_parent(struct inode *moved, struct inode *from, struct inode *to)
{
    if (!is_directory(moved) || from == to)
        return 0;
    s32 error = ext2_replace(moved, (struct name){ "..", 2 }, to);
    if (error)
        return error;
    links_changed(from, -1);
    return links_changed(to, 1);
}

static s32 rename(struct inode *from, struct name old, struct inode *moved, struct inode *to, struct name new, struct inode *replaced)
{
    if (!replaced && is_directory(moved) && from != to && to->links >= LINKS_MAX)
        return -EMLINK;
    s32 error = replaced ? ext2_replace(to, new, moved) : ext2_add(to, new, moved);
    if (error)
        return error;
    error = ext2_take(from, old);
    if (replaced)
        lost_name(to, replaced);
    if (!error)
        error = change_parent(moved, from, to);
    moved->ctime = clock_now();
    inode_changed(moved);
    return error;
}

static s32 exchange(struct inode *from, struct name old, struct inode *a, struct inode *to, struct name new, struct inode *b)
{
    s32 error = ext2_replace(from, old, b);
    if (!error)
        error = ext2_replace(to, new, a);
    if (!error)
        error = change_parent(a, from, to);
    if (!error)
        error = change_parent(b, to, from);
    links_changed(a, 0);
    links_changed(b, 0);
    return error;
}

const struct inode_operations ext2_operations = {
    .lookup = ext2_lookup, .create = create, .symlink = symlink, .link = link, .remove = remove, .rename = rename, .exchange = exchange,
    .is_empty = ext2_is_empty, .readlink = ext2_readlink, .read_page = ext2_read_page, .prepare_write = ext2_prepare_write,
    .write_page = ext2_write_page, .truncate = ext2_truncate, .changed = ext2_write_inode, .free = ext2_free_inode,
};
