/* wait4, waitpid: the ends of children. */
#include "../errno.h"
#include "../mm/user.h"
#include "../sys/syscall.h"
#include "task.h"

#define WNOHANG   1u
#define WUNTRACED 2u
#define WCONTINUED 8u
#define WAIT_CLONE 0xe0000000u   /* __WALL, __WCLONE, __WNOTHREAD */

static int is_meant(const struct process *child, s32 which)
{
    if (which > 0)
        return child->pid == (u32)which;
    if (which == -1)
        return 1;
    return child->group == (which ? (u32)-which : current->process->group);
}

static void reap(struct process *child)
{
    struct process **link = &child->parent->children;
    while (*link != child)
        link = &(*link)->sibling;
    *link = child->sibling;
    process_free(child);
}

s32 sys_wait4(s32 which, u32 status_at, u32 options, u32 usage_at)
{
    (void)usage_at;
    if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | WAIT_CLONE))
        return -EINVAL;
    for (;;) {
        int any = 0;
        for (struct process *child = current->process->children; child; child = child->sibling) {
            if (!is_meant(child, which))
                continue;
            any = 1;
            if (!child->ended)
                continue;
            u32 pid = child->pid, status = child->wait_status;
            reap(child);
            return status_at && copy_to_user(status_at, &status, 4) ? -EFAULT : (s32)pid;
        }
        if (!any)
            return -ECHILD;
        if (options & WNOHANG)
            return 0;
        s32 error = sleep_on(&current->process->child_changed);
        if (error)
            return error;
    }
}

s32 sys_waitpid(s32 which, u32 status_at, u32 options)
{
    return sys_wait4(which, status_at, options, 0);
}
