/* Creation, sharing, copying and end of what a task has of the file system. */
#include "task_files.h"
#include "../mm/kmalloc.h"
#include "file.h"

struct files *files_create(void)
{
    struct files *files = kmalloc(sizeof *files);
    if (files)
        files->references = 1;
    return files;
}

struct files *files_copy(struct files *files)
{
    struct files *copy = kmalloc(sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *files;
    copy->references = 1;
    for (u32 i = 0; i < FILES_OPEN; i++)
        if (copy->table[i])
            copy->table[i]->references++;
    return copy;
}

struct files *files_share(struct files *files)
{
    files->references++;
    return files;
}

struct files *files_unshare(struct files *files)
{
    if (files->references == 1)
        return files;
    struct files *copy = files_copy(files);
    if (copy)
        files_release(files);
    return copy;
}

void files_release(struct files *files)
{
    if (--files->references)
        return;
    for (u32 i = 0; i < FILES_OPEN; i++)
        if (files->table[i])
            file_release(files->table[i]);
    kfree(files);
}

/* No descriptor can be marked yet: there is no fcntl(), and open() knows no O_CLOEXEC. */
void files_close_on_exec(struct files *files)
{
    (void)files;
}

struct fs *fs_create(void)
{
    struct fs *fs = kmalloc(sizeof *fs);
    if (fs)
        *fs = (struct fs){ .references = 1, .umask = 022 };
    return fs;
}

struct fs *fs_copy(const struct fs *fs)
{
    struct fs *copy = kmalloc(sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *fs;
    copy->references = 1;
    return copy;
}

struct fs *fs_share(struct fs *fs)
{
    fs->references++;
    return fs;
}

void fs_release(struct fs *fs)
{
    if (!--fs->references)
        kfree(fs);
}
