/*
 * Users and groups. All processes are root, user 0, group 0, for good: setting what is set already works, as shells and
 * libraries do, anything else is -EPERM. -1 means "leave it".
 */
#include "../errno.h"
#include "../mm/user.h"
#include "credentials.h"
#include "syscall.h"

static s32 allow(u32 id)
{
    return id == USER_ID || id == (u32)-1 || (id & 0xffff) == 0xffff ? 0 : -EPERM;
}

s32 sys_user_id(void)
{
    return USER_ID;
}

s32 sys_set_id(u32 id)
{
    return id == USER_ID ? 0 : -EPERM;
}

s32 sys_set_ids(u32 real, u32 effective)
{
    return allow(real) || allow(effective) ? -EPERM : 0;
}

s32 sys_set_three_ids(u32 real, u32 effective, u32 saved)
{
    return allow(real) || allow(effective) || allow(saved) ? -EPERM : 0;
}

s32 sys_get_three_ids(u32 real, u32 effective, u32 saved)
{
    static const u32 id = USER_ID;
    return copy_to_user(real, &id, 4) || copy_to_user(effective, &id, 4) || copy_to_user(saved, &id, 4) ? -EFAULT : 0;
}

/* setfsuid, setfsgid: the answer is the one before, and there is no other. */
s32 sys_set_fs_id(void)
{
    return USER_ID;
}

s32 sys_getgroups(u32 size, u32 to)
{
    static const u32 group = USER_ID;
    if ((s32)size < 0)
        return -EINVAL;
    return size && copy_to_user(to, &group, 4) ? -EFAULT : 1;
}

s32 sys_setgroups(void)
{
    return -EPERM;
}
