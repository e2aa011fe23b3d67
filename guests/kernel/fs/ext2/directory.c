/* Directories: blocks full of entries, each as long as it is to the next. They are read and changed in the page cache. */
#include "../../errno.h"
#include "../../lib/string.h"
#include "../../log.h"
#include "../../memlayout.h"
#include "../../sys/clock.h"
#include "../file.h"
#include "../inode_cache.h"
#include "../lister.h"
#include "../page_cache.h"
#include "ext2.h"

#define HEADER 8u   /* of an entry, before the name */
#define entry_size(name_length) ((HEADER + (name_length) + 3) & ~3u)

static const u8 types[16] = { [1] = 5, [2] = 3, [4] = 2, [6] = 4, [8] = 1, [10] = 7, [12] = 6 };   /* by mode >> 12 */
static const u8 mode_types[8] = { 0, 8, 4, 2, 6, 1, 12, 10 };   /* and back */

/* A place in a directory. */
struct cursor {
    struct inode *directory;
    struct page *page;
    u32 index, offset;          /* of the page in the directory, of the entry in the page */
    struct ext2_entry *entry, *before;   /* `before`: the one in front of it in the same block, or NULL */
};

static int sound(const struct ext2_entry *entry, u32 offset)
{
    return entry->length >= HEADER && !(entry->length & 3) && entry->length <= BLOCK_SIZE - offset && HEADER + entry->name_length <= entry->length;
}

/* Goes to the entry at cursor->index and offset. 1: there it is; 0: the directory ends; or -errno. */
static s32 here(struct cursor *c)
{
    s32 error;
    if (c->offset == BLOCK_SIZE) {
        c->index++;
        c->offset = 0;
        c->page = NULL;
        c->before = NULL;
    }
    if ((u64)c->index << BLOCK_SHIFT >= c->directory->size)
        return 0;
    if (!c->page)
        c->page = page_get(c->directory, c->index, 0, &error);
    if (!c->page)
        return error;
    c->entry = (struct ext2_entry *)((u8 *)to_virtual(c->page->frame) + c->offset);
    if (sound(c->entry, c->offset))
        return 1;
    log_line("directory %u: bad entry at %u", c->directory->number, c->index * BLOCK_SIZE + c->offset);
    return -EIO;
}

static void advance(struct cursor *c)
{
    c->before = c->entry;
    c->offset += c->entry->length;
}

static int is_called(const struct ext2_entry *entry, struct name name)
{
    return entry->inode && entry->name_length == name.length && !memcmp(entry->name, name.text, name.length);
}

/* 0, -ENOENT, or another error. */
static s32 find(struct cursor *c, struct name name)
{
    s32 more;
    for (; (more = here(c)) > 0; advance(c))
        if (is_called(c->entry, name))
            return 0;
    return more ? more : -ENOENT;
}

static s32 touched(struct cursor *c)
{
    c->page->dirty = 1;
    c->directory->mtime = c->directory->ctime = clock_now();
    return inode_changed(c->directory);
}

s32 ext2_lookup(struct inode *directory, struct name name, struct inode **found)
{
    struct cursor c = { .directory = directory };
    s32 error = find(&c, name);
    if (error)
        return error;
    *found = inode_get(directory->super, c.entry->inode, &error);
    return *found ? 0 : error;
}

static void write_entry(struct ext2_entry *entry, struct name name, const struct inode *inode)
{
    entry->inode = inode->number;
    entry->type = types[inode->mode >> 12 & 15];
    entry->name_length = (u8)name.length;
    memcpy(entry->name, name.text, name.length);
}

static s32 extend(struct cursor *c)
{
    s32 error = ext2_prepare_write(c->directory, c->index);
    if (error)
        return error;
    c->page = page_get(c->directory, c->index, 1, &error);
    if (!c->page) {
        ext2_truncate(c->directory, c->directory->size);
        return error;
    }
    c->directory->size += BLOCK_SIZE;
    c->entry = to_virtual(c->page->frame);
    c->entry->length = BLOCK_SIZE;
    return 0;
}

s32 ext2_add(struct inode *directory, struct name name, const struct inode *inode)
{
    struct cursor c = { .directory = directory };
    u32 wanted = entry_size(name.length), used = 0;
    s32 more;
    for (; (more = here(&c)) > 0; advance(&c)) {
        used = c.entry->inode ? entry_size(c.entry->name_length) : 0;
        if (c.entry->length >= used + wanted)
            break;
    }
    if (more < 0)
        return more;
    if (!more) {
        used = 0;
        s32 error = extend(&c);
        if (error)
            return error;
    }
    if (used) {   /* the end of that entry's room becomes one of its own */
        struct ext2_entry *rest = (struct ext2_entry *)((u8 *)c.entry + used);
        rest->length = (u16)(c.entry->length - used);
        c.entry->length = (u16)used;
        c.entry = rest;
    }
    write_entry(c.entry, name, inode);
    return touched(&c);
}

s32 ext2_take(struct inode *directory, struct name name)
{
    struct cursor c = { .directory = directory };
    s32 error = find(&c, name);
    if (error)
        return error;
    if (c.before)
        c.before->length = (u16)(c.before->length + c.entry->length);
    c.entry->inode = 0;
    return touched(&c);
}

s32 ext2_replace(struct inode *directory, struct name name, const struct inode *inode)
{
    struct cursor c = { .directory = directory };
    s32 error = find(&c, name);
    if (error)
        return error;
    write_entry(c.entry, name, inode);
    return touched(&c);
}

static int is_dots(const struct ext2_entry *entry)
{
    return entry->name[0] == '.' && (entry->name_length == 1 || (entry->name_length == 2 && entry->name[1] == '.'));
}

s32 ext2_is_empty(struct inode *directory)
{
    struct cursor c = { .directory = directory };
    s32 more;
    for (; (more = here(&c)) > 0; advance(&c))
        if (c.entry->inode && !is_dots(c.entry))
            return -ENOTEMPTY;
    return more;
}

s32 ext2_fill_directory(struct inode *directory, const struct inode *parent)
{
    s32 error = ext2_add(directory, (struct name){ ".", 1 }, directory);
    return error ? error : ext2_add(directory, (struct name){ "..", 2 }, parent);
}

/* Entries may have been merged since the last time: go through the block from its beginning. */
static s32 list(struct file *file, struct lister *lister)
{
    struct cursor c = { .directory = file->inode, .index = (u32)(file->position >> BLOCK_SHIFT) };
    s32 more;
    while ((more = here(&c)) > 0) {
        u64 at = ((u64)c.index << BLOCK_SHIFT) + c.offset;
        struct ext2_entry entry = *c.entry;
        if (at >= file->position) {
            char text[NAME_LIMIT];
            memcpy(text, c.entry->name, entry.name_length);
            struct name name = { text, entry.name_length };
            s32 stop = entry.inode ? lister->put(lister, name, entry.inode, (u32)mode_types[entry.type & 7] << 12, at + entry.length) : 0;
            if (stop)
                return stop;
            file->position = at + entry.length;
        }
        c.offset += entry.length;
        c.page = NULL;   /* it may have gone while the program's memory was touched */
    }
    return more;
}

const struct file_operations ext2_directory_operations = { .list = list };
