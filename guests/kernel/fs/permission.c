/* Rights by mode, owner and group. Root may do everything, but for executing what nobody may execute. */
#include "permission.h"
#include "../errno.h"
#include "../proc/identity.h"

static s32 check(const struct inode *inode, u32 wanted, u32 user, int (*in_group)(u32 group))
{
    u32 mode = inode->mode;
    if (wanted & MAY_WRITE && inode->super->read_only && (is_regular(inode) || is_directory(inode) || is_symlink(inode)))
        return -EROFS;
    if (user == 0)
        return wanted & MAY_EXEC && !is_directory(inode) && !(mode & 0111) ? -EACCES : 0;
    if (user == inode->user)
        mode >>= 6;
    else if (in_group(inode->group))
        mode >>= 3;
    return wanted & ~mode & 7 ? -EACCES : 0;
}

s32 permission(const struct inode *inode, u32 wanted)
{
    return check(inode, wanted, identity_user(), identity_in_group);
}

s32 permission_real(const struct inode *inode, u32 wanted)
{
    return check(inode, wanted, identity_real_user(), identity_in_real_group);
}

s32 permission_owner(const struct inode *inode)
{
    u32 user = identity_user();
    return user == 0 || user == inode->user ? 0 : -EPERM;
}

s32 permission_names(const struct inode *directory, const struct inode *victim)
{
    s32 error = permission(directory, MAY_WRITE | MAY_EXEC);
    if (error || !victim || !(directory->mode & S_ISVTX))
        return error;
    return permission_owner(directory) && permission_owner(victim) ? -EPERM : 0;
}
