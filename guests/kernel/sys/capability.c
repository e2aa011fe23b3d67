/*
 * capget, capset: root has all capabilities, and can give up none; and ioprio_get, ioprio_set, which are kept by nobody. Source: capabilities(7),
 * ioprio_set(2).
 */
#include "../errno.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "syscall.h"

#define VERSION_1 0x19980330u
#define VERSION_2 0x20071026u
#define VERSION_3 0x20080522u
#define ALL_LOW  0xffffffffu
#define ALL_HIGH 0x000001ffu   /* up to number 40, CAP_CHECKPOINT_RESTORE */

struct sets {
    u32 effective, permitted, inheritable;
};

static const struct sets all[2] = { { ALL_LOW, ALL_LOW, 0 }, { ALL_HIGH, ALL_HIGH, 0 } };

/* How many struct sets the version has. 0, -ESRCH, or, with the version told that is liked best, -EINVAL. */
static s32 read_header(u32 header_at, u32 *count)
{
    u32 header[2], best = VERSION_3;   /* version, pid */
    if (copy_from_user(header, header_at, sizeof header))
        return -EFAULT;
    *count = header[0] == VERSION_1 ? 1 : 2;
    if (header[0] != VERSION_1 && header[0] != VERSION_2 && header[0] != VERSION_3)
        return copy_to_user(header_at, &best, 4) ? -EFAULT : -EINVAL;
    if ((s32)header[1] < 0)
        return -EINVAL;
    return header[1] && !task_find(header[1]) ? -ESRCH : 0;
}

s32 sys_capget(u32 header_at, u32 to)
{
    u32 count;
    s32 error = read_header(header_at, &count);
    if (!to)   /* asks for the version alone */
        return error == -EINVAL ? 0 : error;
    return error ? error : copy_to_user(to, all, count * sizeof all[0]);
}

s32 sys_capset(u32 header_at, u32 from)
{
    struct sets wanted[2];
    u32 count;
    s32 error = read_header(header_at, &count);
    if (error)
        return error;
    if (copy_from_user(wanted, from, count * sizeof wanted[0]))
        return -EFAULT;
    for (u32 i = 0; i < count; i++)
        if (wanted[i].effective != all[i].effective || wanted[i].permitted != all[i].permitted)
            return -EPERM;
    return 0;
}

enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_WHO_PGRP, IOPRIO_WHO_USER };

static s32 check_who(u32 which, u32 who)
{
    if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
        return -EINVAL;
    return which == IOPRIO_WHO_PROCESS && who && !task_find(who) ? -ESRCH : 0;
}

s32 sys_ioprio_get(u32 which, u32 who)
{
    return check_who(which, who);
}

s32 sys_ioprio_set(u32 which, u32 who, u32 priority)
{
    return priority >> 13 > 3 ? -EINVAL : check_who(which, who);
}
