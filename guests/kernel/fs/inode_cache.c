/* Inodes by file system and number, in chains. Unused ones stay, with their pages, until memory is short. */
#include "inode_cache.h"
#include "../errno.h"
#include "../mm/kmalloc.h"
#include "../sys/clock.h"
#include "page_cache.h"

#define CHAINS 256u

static struct inode *chains[CHAINS];

static struct inode **chain_of(const struct super *super, u32 number)
{
    return &chains[((u32)super >> 5 ^ number) % CHAINS];
}

struct inode *inode_make(struct super *super, u32 number, u32 mode)
{
    struct inode *inode = kmalloc(sizeof *inode);
    if (!inode)
        return NULL;
    struct inode **chain = chain_of(super, number);
    *inode = (struct inode){ .next = *chain, .super = super, .number = number, .references = 1, .mode = mode, .links = 1 };
    inode->atime = inode->mtime = inode->ctime = clock_now();
    *chain = inode;
    return inode;
}

static void destroy(struct inode *inode)
{
    pages_drop(inode, 0);
    struct inode **link = chain_of(inode->super, inode->number);
    while (*link != inode)
        link = &(*link)->next;
    *link = inode->next;
    kfree(inode);
}

struct inode *inode_get(struct super *super, u32 number, s32 *error)
{
    for (struct inode *inode = *chain_of(super, number); inode; inode = inode->next)
        if (inode->super == super && inode->number == number)
            return inode_share(inode);
    struct inode *inode = inode_make(super, number, 0);
    *error = inode ? super->operations->read_inode(inode) : -ENOMEM;
    if (inode && *error) {
        destroy(inode);
        return NULL;
    }
    return inode;
}

struct inode *inode_share(struct inode *inode)
{
    inode->references++;
    return inode;
}

void inode_release(struct inode *inode)
{
    if (!inode || --inode->references)
        return;
    int can_return = inode->super->operations->read_inode != NULL;
    if (inode->links && can_return)
        return;
    if (inode->operations && inode->operations->free) {
        inode->references = 1;   /* nobody finds it halfway */
        inode->operations->free(inode);
    }
    destroy(inode);
}

s32 inode_changed(struct inode *inode)
{
    return inode->operations && inode->operations->changed ? inode->operations->changed(inode) : 0;
}

struct inode *inode_next(const struct inode *after)
{
    u32 chain = 0;
    if (after) {
        if (after->next)
            return after->next;
        chain = (u32)(chain_of(after->super, after->number) - chains) + 1;
    }
    while (chain < CHAINS && !chains[chain])
        chain++;
    return chain < CHAINS ? chains[chain] : NULL;
}

void inodes_shrink(void)
{
    struct inode *next;
    for (struct inode *inode = inode_next(NULL); inode; inode = next) {
        next = inode_next(inode);
        if (!inode->references && !inode->pages)
            destroy(inode);
    }
}
