/* Calls on descriptors and paths. The root file system is read-only: whatever would change it is -EROFS. */
#include "../fs/file.h"
#include "../errno.h"
#include "../proc/task.h"
#include "../lib/string.h"
#include "../mm/user.h"
#include "syscall.h"

#define VECTOR_MAX 1024u
#define COUNT_MAX 0x7ffff000u   /* what one read or write moves at most, as on Linux */

s32 sys_open(u32 path, u32 flags, u32 mode)
{
    return sys_openat((u32)AT_FDCWD, path, flags, mode);
}

s32 sys_openat(u32 directory, u32 path, u32 flags, u32 mode)
{
    struct inode *inode;
    u32 writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
    s32 error = inode_at(directory, path, 0, &inode);
    (void)mode;
    if (error)
        return error == -ENOENT && flags & O_CREAT ? -EROFS : error;
    if (flags & O_DIRECTORY && inode->kind != INODE_DIRECTORY)
        return -ENOTDIR;
    if (writes && inode->kind != INODE_DEVICE)
        return inode->kind == INODE_DIRECTORY ? -EISDIR : -EROFS;
    return file_open(inode, flags & O_ACCMODE);
}

s32 sys_close(u32 descriptor)
{
    return file_close(descriptor);
}

s32 sys_read(u32 descriptor, u32 buffer, u32 count)
{
    struct file *file = file_of(descriptor);
    if (!file || (file->access & O_ACCMODE) == O_WRONLY)
        return -EBADF;
    if (file->inode->kind == INODE_DIRECTORY)
        return -EISDIR;
    if (!file->inode->operations->read)
        return -EINVAL;
    return file->inode->operations->read(file, buffer, count < COUNT_MAX ? count : COUNT_MAX);
}

s32 sys_write(u32 descriptor, u32 buffer, u32 count)
{
    struct file *file = file_of(descriptor);
    if (!file || (file->access & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if (!file->inode->operations->write)
        return -EINVAL;
    return file->inode->operations->write(file, buffer, count < COUNT_MAX ? count : COUNT_MAX);
}

/* Reads or writes piece by piece, until one comes out short. */
static s32 each_piece(u32 descriptor, u32 vector, u32 count, s32 (*transfer)(u32, u32, u32))
{
    u32 done = 0;
    if (count > VECTOR_MAX)
        return -EINVAL;
    for (u32 i = 0; i < count; i++) {
        u32 piece[2];   /* address, length */
        if (copy_from_user(piece, vector + i * sizeof piece, sizeof piece))
            return done ? (s32)done : -EFAULT;
        if (piece[1] > COUNT_MAX - done)
            return done ? (s32)done : -EINVAL;
        s32 part = piece[1] ? transfer(descriptor, piece[0], piece[1]) : 0;
        if (part < 0)
            return done ? (s32)done : part;
        done += (u32)part;
        if ((u32)part < piece[1])
            break;
    }
    return (s32)done;
}

s32 sys_readv(u32 descriptor, u32 vector, u32 count)
{
    return each_piece(descriptor, vector, count, sys_read);
}

s32 sys_writev(u32 descriptor, u32 vector, u32 count)
{
    return each_piece(descriptor, vector, count, sys_write);
}

static s32 seek(u32 descriptor, s64 offset, u32 whence, u32 *position)
{
    struct file *file = file_of(descriptor);
    if (!file)
        return -EBADF;
    if (file->inode->kind == INODE_DEVICE && file->inode->operations->write)
        return -ESPIPE;   /* consoles; /proc/self/maps can be sought */
    if (whence > 2)
        return -EINVAL;
    s64 to = offset + (whence == 1 ? file->position : whence == 2 ? file->inode->size : 0);
    if (to < 0)
        return -EINVAL;
    if (to > 0x7fffffff)
        return -EOVERFLOW;
    *position = file->position = (u32)to;
    return 0;
}

s32 sys_lseek(u32 descriptor, u32 offset, u32 whence)
{
    u32 position;
    s32 error = seek(descriptor, (s32)offset, whence, &position);
    return error ? error : (s32)position;
}

s32 sys_llseek(u32 descriptor, u32 high, u32 low, u32 result, u32 whence)
{
    u32 position[2] = { 0, 0 };
    s32 error = seek(descriptor, (s64)((u64)high << 32 | low), whence, position);
    return error ? error : copy_to_user(result, position, sizeof position);
}

s32 sys_ioctl(u32 descriptor)
{
    return file_of(descriptor) ? -ENOTTY : -EBADF;
}

s32 sys_dup(u32 descriptor)
{
    return file_duplicate(descriptor, FILES_OPEN, 0);
}

s32 sys_dup2(u32 from, u32 to)
{
    return to < FILES_OPEN ? file_duplicate(from, to, 0) : -EBADF;
}

/* One symbolic link exists: /proc/self/exe. */
s32 sys_readlink(u32 path, u32 buffer, u32 size)
{
    char name[PATH_LIMIT];
    s32 length = string_from_user(name, path, sizeof name);
    if (length < 0)
        return length;
    if (strcmp(name, "/proc/self/exe"))
        return inode_find(name) ? -EINVAL : -ENOENT;
    u32 count = strlen(current->mm->path);
    if (count > size)
        count = size;
    return copy_to_user(buffer, current->mm->path, count) ? -EFAULT : (s32)count;
}
