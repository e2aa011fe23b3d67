/* Who may do what. */
#pragma once
#include "inode.h"

#define MAY_EXEC  1u   /* of a directory: look names up in it */
#define MAY_WRITE 2u
#define MAY_READ  4u

/** 0, -EACCES by mode and owner, or -EROFS for a write to a file system mounted read-only. */
s32 permission(const struct inode *inode, u32 wanted);
/** The same by the real user and group: access(). */
s32 permission_real(const struct inode *inode, u32 wanted);
/** May the caller change names in that directory, take away `victim` (NULL: add one) among them? 0, -EACCES, -EPERM (sticky), -EROFS. */
s32 permission_names(const struct inode *directory, const struct inode *victim);
/** 0 for the owner and root, else -EPERM: chmod, utimes. */
s32 permission_owner(const struct inode *inode);
