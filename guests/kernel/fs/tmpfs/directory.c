/* A directory is a list of entries, each of which holds its inode. */
#include "../../errno.h"
#include "../../lib/string.h"
#include "../../memlayout.h"
#include "../../mm/kmalloc.h"
#include "../../sys/clock.h"
#include "../file.h"
#include "../inode_cache.h"
#include "../lister.h"
#include "../page_cache.h"
#include "internal.h"

struct entry {
    struct entry *next;
    struct inode *inode;       /* a reference */
    u32 place;                 /* grows along the list: the file position that lists it */
    u32 length;
    char name[];
};

static struct entry **find(struct inode *directory, struct name name)
{
    struct entry **link = (struct entry **)&directory->data;
    while (*link && ((*link)->length != name.length || memcmp((*link)->name, name.text, name.length)))
        link = &(*link)->next;
    return link;
}

static s32 lookup(struct inode *directory, struct name name, struct inode **found)
{
    struct entry *entry = *find(directory, name);
    if (!entry)
        return -ENOENT;
    *found = inode_share(entry->inode);
    return 0;
}

static void touched(struct inode *inode)
{
    inode->mtime = inode->ctime = clock_now();
}

static s32 add(struct inode *directory, struct name name, struct inode *inode)
{
    struct entry **last = (struct entry **)&directory->data, *entry = kmalloc(sizeof *entry + name.length);
    u32 place = 2;   /* after the dots */
    if (!entry)
        return -ENOMEM;
    for (; *last; last = &(*last)->next)
        place = (*last)->place + 1;
    *entry = (struct entry){ .inode = inode_share(inode), .place = place, .length = name.length };
    memcpy(entry->name, name.text, name.length);
    *last = entry;
    touched(directory);
    return 0;
}

static void take(struct inode *directory, struct name name)
{
    struct entry **link = find(directory, name), *entry = *link;
    *link = entry->next;
    inode_release(entry->inode);
    kfree(entry);
    touched(directory);
}

static s32 discard(struct inode *inode, s32 error)
{
    if (inode) {
        inode->links = 0;
        inode_release(inode);
    }
    return error;
}

static s32 create(struct inode *directory, struct name name, u32 mode, u32 device, struct inode **made)
{
    struct inode *inode = tmpfs_make(tmpfs_of(directory), mode, device);
    s32 error = inode ? add(directory, name, inode) : -ENOMEM;
    if (error)
        return discard(inode, error);
    if (directory->mode & S_ISGID) {
        inode->group = directory->group;
        inode->mode |= is_directory(inode) ? S_ISGID : 0;
    }
    directory->links += is_directory(inode);
    *made = inode;
    return 0;
}

static s32 symlink(struct inode *directory, struct name name, const char *target, struct inode **made)
{
    struct inode *inode = tmpfs_make(tmpfs_of(directory), S_IFLNK | 0777, 0);
    s32 error = -ENOMEM;
    struct page *page = inode ? page_get(inode, 0, 1, &error) : NULL;
    if (page) {
        inode->size = strlen(target);
        copy_string(to_virtual(page->frame), target, PAGE_SIZE);
        page->dirty = 1;
        error = add(directory, name, inode);
    }
    if (error)
        return discard(inode, error);
    *made = inode;
    return 0;
}

static s32 link(struct inode *directory, struct name name, struct inode *target)
{
    s32 error = add(directory, name, target);
    if (!error) {
        target->links++;
        target->ctime = clock_now();
    }
    return error;
}

static s32 remove(struct inode *directory, struct name name, struct inode *target)
{
    directory->links -= is_directory(target);
    target->links = is_directory(target) ? 0 : target->links - 1;
    target->ctime = clock_now();
    take(directory, name);
    return 0;
}

static s32 rename(struct inode *from, struct name old, struct inode *moved, struct inode *to, struct name new, struct inode *replaced)
{
    s32 error = add(to, new, moved);
    if (error)
        return error;
    if (replaced)   /* it comes first in the list */
        remove(to, new, replaced);
    take(from, old);
    from->links -= is_directory(moved);
    to->links += is_directory(moved);
    moved->ctime = clock_now();
    return 0;
}

static s32 exchange(struct inode *from, struct name old, struct inode *a, struct inode *to, struct name new, struct inode *b)
{
    struct entry *first = *find(from, old), *second = *find(to, new);
    first->inode = b;
    second->inode = a;
    from->links += (u32)is_directory(b) - (u32)is_directory(a);
    to->links += (u32)is_directory(a) - (u32)is_directory(b);
    touched(from);
    touched(to);
    a->ctime = b->ctime = clock_now();
    return 0;
}

static s32 is_empty(struct inode *directory)
{
    return directory->data ? -ENOTEMPTY : 0;
}

static s32 list(struct file *file, struct lister *lister)
{
    s32 stop = list_dots(file, lister);
    for (const struct entry *entry = file->inode->data; entry && !stop; entry = entry->next) {
        if (entry->place < file->position)
            continue;
        stop = lister->put(lister, (struct name){ entry->name, entry->length }, entry->inode->number, entry->inode->mode, entry->place + 1);
        if (!stop)
            file->position = entry->place + 1;
    }
    return stop;
}

const struct inode_operations tmpfs_operations = {
    .lookup = lookup, .create = create, .symlink = symlink, .link = link, .remove = remove, .rename = rename, .exchange = exchange,
    .is_empty = is_empty, .readlink = tmpfs_readlink, .read_page = tmpfs_read_page, .prepare_write = tmpfs_prepare_write,
    .truncate = tmpfs_truncate, .free = tmpfs_free,
};

const struct file_operations tmpfs_directory_operations = { .list = list };
