/* read() of a file: straight from the page cache to the program. The file system is read-only: there is no write. */
#include "regular.h"
#include "../errno.h"
#include "../memlayout.h"
#include "../mm/user.h"
#include "file.h"

static s32 regular_read(struct file *file, u32 buffer, u32 count)
{
    struct inode *inode = file->inode;
    u32 done = 0;
    if (inode->kind == INODE_DIRECTORY)
        return -EISDIR;
    while (done < count && file->position < inode->size) {
        u32 frame, at = file->position % PAGE_SIZE, part = PAGE_SIZE - at;
        s32 error = inode_page(inode, file->position / PAGE_SIZE, &frame);
        if (part > inode->size - file->position)
            part = inode->size - file->position;
        if (part > count - done)
            part = count - done;
        if (!error)
            error = copy_to_user(buffer + done, (u8 *)to_virtual(frame) + at, part);
        if (error)
            return done ? (s32)done : error;
        file->position += part;
        done += part;
    }
    return (s32)done;
}

const struct file_operations regular_operations = { .read = regular_read };
