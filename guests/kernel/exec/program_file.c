/* Finding programs. */
#include "program_file.h"
#include "../errno.h"
#include "../fs/permission.h"
#include "../fs/walk.h"

s32 program_open(const char *path, struct dentry **program)
{
    struct walk walk;
    s32 error = walk_path(NULL, path, WALK_FOLLOW, &walk);
    if (error)
        return error;
    const struct inode *inode = walk.found->inode;
    error = is_regular(inode) ? permission(inode, MAY_EXEC) : -EACCES;
    if (!error && inode->writers > 0)
        error = -ETXTBSY;
    if (error)
        walk_end(&walk);
    *program = walk.found;
    return error;
}

void program_close(struct dentry *program)
{
    dentry_release(program);
}

void program_hold(struct dentry *program)
{
    if (!program)
        return;
    dentry_share(program);
    program->inode->writers--;
}

void program_release(struct dentry *program)
{
    if (!program)
        return;
    program->inode->writers++;
    dentry_release(program);
}
