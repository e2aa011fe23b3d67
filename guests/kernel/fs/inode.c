/* The table of names, a list: there are few, and it is walked at open only. */
#include "inode.h"
#include "../lib/string.h"
#include "../mm/kmalloc.h"

static struct inode *first;
static u32 last_number = 1;

struct inode *inode_add(const char *path, u32 kind)
{
    char name[PATH_LIMIT];
    if (path_normalise(name, path))
        return NULL;
    struct inode *inode = kmalloc(sizeof *inode);
    if (!inode)
        return NULL;
    inode->path = kmalloc(strlen(name) + 1);
    if (!inode->path) {
        kfree(inode);
        return NULL;
    }
    copy_string(inode->path, name, strlen(name) + 1);
    inode->kind = kind;
    inode->number = ++last_number;
    inode->next = first;
    first = inode;
    return inode;
}

struct inode *inode_find(const char *path)
{
    char name[PATH_LIMIT];
    if (path_normalise(name, path))
        return NULL;
    struct inode *inode = first;
    while (inode && strcmp(inode->path, name))
        inode = inode->next;
    return inode;
}

struct inode *inode_next(const struct inode *after)
{
    return after ? after->next : first;
}
