/* Names in use, in chains by parent and text. */
#include "dentry.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../mm/kmalloc.h"
#include "inode_cache.h"

#define CHAINS 256u

static struct dentry *chains[CHAINS];

static struct dentry **chain_of(const struct dentry *parent, struct name name)
{
    u32 hash = (u32)parent >> 5;
    for (u32 i = 0; i < name.length; i++)
        hash = hash * 31 + (u8)name.text[i];
    return &chains[hash % CHAINS];
}

static struct name name_of(const struct dentry *dentry)
{
    return (struct name){ dentry->name, dentry->length };
}

struct dentry *dentry_share(struct dentry *dentry)
{
    dentry->references++;
    return dentry;
}

static void unchain(struct dentry *dentry)
{
    struct dentry **link = chain_of(dentry->parent, name_of(dentry));
    while (*link && *link != dentry)
        link = &(*link)->next;
    if (*link)
        *link = dentry->next;
}

void dentry_release(struct dentry *dentry)
{
    while (dentry && !--dentry->references) {   /* with the last child, its parent may go */
        struct dentry *parent = dentry->parent == dentry ? NULL : dentry->parent;
        if (!dentry->removed)
            unchain(dentry);
        inode_release(dentry->inode);
        kfree(dentry);
        dentry = parent;
    }
}

s32 dentry_make(struct dentry *parent, struct name name, struct inode *inode, struct dentry **child)
{
    struct dentry *dentry = kmalloc(sizeof *dentry);
    if (!dentry) {
        inode_release(inode);
        return -ENOMEM;
    }
    dentry->inode = inode;
    dentry->references = 1;
    dentry->length = name.length;
    memcpy(dentry->name, name.text, name.length);
    dentry->parent = parent ? dentry_share(parent) : dentry;
    struct dentry **chain = chain_of(dentry->parent, name);
    dentry->next = *chain;
    *chain = dentry;
    *child = dentry;
    return 0;
}

s32 dentry_child(struct dentry *parent, struct name name, struct dentry **child)
{
    struct inode *inode;
    if (name.length > NAME_LIMIT)
        return -ENAMETOOLONG;
    for (struct dentry *dentry = *chain_of(parent, name); dentry; dentry = dentry->next)
        if (dentry->parent == parent && dentry != parent && dentry->length == name.length && !memcmp(dentry->name, name.text, name.length)) {
            *child = dentry_share(dentry);
            return 0;
        }
    if (parent->removed)
        return -ENOENT;
    s32 error = parent->inode->operations->lookup(parent->inode, name, &inode);
    return error ? error : dentry_make(parent, name, inode, child);
}

void dentry_remove(struct dentry *dentry)
{
    unchain(dentry);
    dentry->removed = 1;
}

void dentry_move(struct dentry *dentry, struct dentry *parent, struct name name)
{
    unchain(dentry);
    struct dentry *old = dentry->parent;
    dentry->parent = dentry_share(parent);
    dentry_release(old);
    dentry->length = name.length;
    memcpy(dentry->name, name.text, name.length);
    dentry->name[name.length] = 0;
    struct dentry **chain = chain_of(parent, name);
    dentry->next = *chain;
    *chain = dentry;
}

int dentry_below(const struct dentry *dentry, const struct dentry *above)
{
    while (dentry != above && dentry->parent != dentry)
        dentry = dentry->parent;
    return dentry == above;
}

char *dentry_path(const struct dentry *dentry, const struct dentry *root, char *buffer)
{
    static const char gone[] = " (deleted)";
    char *at = buffer + PATH_LIMIT - 1;
    *at = 0;
    if (dentry->removed) {
        at -= sizeof gone - 1;
        memcpy(at, gone, sizeof gone - 1);
    }
    char *end = at;
    while (dentry != root) {
        if (dentry->parent == dentry && dentry->covers) {
            dentry = dentry->covers;
            continue;
        }
        if (dentry->parent == dentry && !dentry->length)
            break;
        if ((u32)(at - buffer) < dentry->length + 1)
            return NULL;
        at -= dentry->length;
        memcpy(at, dentry->name, dentry->length);
        if (dentry->parent == dentry)   /* not in the tree: "pipe:[1]" */
            return at;
        *--at = '/';
        dentry = dentry->parent;
    }
    if (at == end)
        *--at = '/';
    return at;
}
