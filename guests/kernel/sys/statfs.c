/* What is known of a file system. struct statfs, 64 bytes, and statfs64, 84, as Linux/i386 has them. */
#include "../errno.h"
#include "../fs/file.h"
#include "../fs/task_files.h"
#include "../fs/walk.h"
#include "../mm/user.h"
#include "file_calls.h"

#define ST_RDONLY  0x01u
#define ST_NOATIME 0x400u
#define ST_VALID   0x20u

struct narrow {
    u32 type, block_size, blocks, free_blocks, available_blocks, files, free_files, id[2], name_length, fragment_size, flags, spare[4];
};

struct wide {
    u32 type, block_size;
    u64 blocks, free_blocks, available_blocks, files, free_files;
    u32 id[2], name_length, fragment_size, flags, spare[4];
} __attribute__((packed));

_Static_assert(sizeof(struct narrow) == 64 && sizeof(struct wide) == 84, "statfs: layouts");

static s32 fill(struct super *super, u32 to, int is_wide)
{
    struct statfs s = { 0 };
    u32 flags = ST_VALID | ST_NOATIME | (super->read_only ? ST_RDONLY : 0);
    super->operations->statfs(super, &s);
    struct wide wide = { .type = s.type, .block_size = s.block_size, .blocks = s.blocks, .free_blocks = s.free_blocks, .available_blocks = s.free_blocks,
                         .files = s.inodes, .free_files = s.free_inodes, .id = { super->device, 0 }, .name_length = s.name_length,
                         .fragment_size = s.block_size, .flags = flags };
    struct narrow narrow = { .type = s.type, .block_size = s.block_size, .blocks = (u32)s.blocks, .free_blocks = (u32)s.free_blocks,
                             .available_blocks = (u32)s.free_blocks, .files = (u32)s.inodes, .free_files = (u32)s.free_inodes,
                             .id = { super->device, 0 }, .name_length = s.name_length, .fragment_size = s.block_size, .flags = flags };
    return is_wide ? copy_to_user(to, &wide, sizeof wide) : copy_to_user(to, &narrow, sizeof narrow);
}

static s32 of_path(u32 path, u32 to, int is_wide)
{
    struct walk walk;
    s32 error = walk_user((u32)AT_FDCWD, path, 0, WALK_FOLLOW, &walk);
    if (error)
        return error;
    error = fill(walk.found->inode->super, to, is_wide);
    walk_end(&walk);
    return error;
}

static s32 of_file(u32 descriptor, u32 to, int is_wide)
{
    const struct file *file = file_of(descriptor);
    return file ? fill(file->inode->super, to, is_wide) : -EBADF;
}

s32 sys_statfs(u32 path, u32 to)
{
    return of_path(path, to, 0);
}

s32 sys_fstatfs(u32 descriptor, u32 to)
{
    return of_file(descriptor, to, 0);
}

s32 sys_statfs64(u32 path, u32 size, u32 to)
{
    return size == sizeof(struct wide) ? of_path(path, to, 1) : -EINVAL;
}

s32 sys_fstatfs64(u32 descriptor, u32 size, u32 to)
{
    return size == sizeof(struct wide) ? of_file(descriptor, to, 1) : -EINVAL;
}
