/* wait4, waitpid, waitid: the ends of children, their stops and going on. */
#include "../mm/user.h"
#include "../sys/credentials.h"
#include "../sys/syscall.h"
#include "task.h"
#include "usage.h"

#define WNOHANG    0x00000001u
#define WSTOPPED   0x00000002u   /* WUNTRACED */
#define WEXITED    0x00000004u
#define WCONTINUED 0x00000008u
#define WNOWAIT    0x01000000u
#define WNOTHREAD  0x20000000u   /* only of this thread: not told apart */
#define WALL       0x40000000u
#define WCLONE     0x80000000u   /* those that end with another signal than SIGCHLD, or with none; else those with SIGCHLD */
#define WAIT_CLONE (WNOTHREAD | WALL | WCLONE)

enum { P_ALL, P_PID, P_PGID };

struct answer {
    u32 pid, status;
    s32 code;   /* CLD_ */
    struct usage usage;
};

static int is_meant(const struct process *child, u32 type, u32 which, u32 options)
{
    if (!(options & WALL) && (child->exit_signal != SIGCHLD) != (options & WCLONE) / WCLONE)
        return 0;
    return type == P_ALL || (type == P_PID ? child->pid == which : child->group == which);
}

/* Whether there is something to tell of this child; taken, it is not told again. */
static int take_news(struct process *child, u32 options, struct answer *answer)
{
    *answer = (struct answer){ child->pid, child->wait_status, 0, child->usage };
    usage_add(&answer->usage, &child->children_usage);
    int keep = (options & WNOWAIT) != 0;
    if (child->ended && options & WEXITED) {
        answer->code = answer->status & 0x7f ? CLD_KILLED : CLD_EXITED;
        if (!keep)
            process_reap(child);
        return 1;
    }
    if (child->stop_status && options & WSTOPPED) {
        answer->code = CLD_STOPPED;
        answer->status = child->stop_status;
        child->stop_status = keep ? child->stop_status : 0;
        return 1;
    }
    if (child->continued && options & WCONTINUED) {
        answer->code = CLD_CONTINUED;
        answer->status = 0xffff;
        child->continued = (u8)keep;
        return 1;
    }
    return 0;
}

/* 1: there is an answer; 0: not yet, with WNOHANG; or -errno. */
static s32 wait_for(u32 type, u32 which, u32 options, struct answer *answer)
{
    for (;;) {
        int any = 0;
        for (struct process *child = current->process->children; child; child = child->sibling) {
            if (!is_meant(child, type, which, options))
                continue;
            any = 1;
            if (take_news(child, options, answer))
                return 1;
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

s32 sys_wait4(s32 which, u32 status_at, u32 options, u32 usage_at)
{
    struct answer answer;
    if (options & ~(WNOHANG | WSTOPPED | WCONTINUED | WAIT_CLONE))
        return -EINVAL;
    if (which == (s32)0x80000000)
        return -ESRCH;
    u32 type = which == -1 ? P_ALL : which > 0 ? P_PID : P_PGID;
    u32 id = which > 0 ? (u32)which : which ? (u32)-which : current->process->group;
    s32 got = wait_for(type, id, options | WEXITED, &answer);
    if (got <= 0)
        return got;
    if (status_at && copy_to_user(status_at, &answer.status, 4))
        return -EFAULT;
    return usage_at && usage_to_user(usage_at, &answer.usage) ? -EFAULT : (s32)answer.pid;
}

s32 sys_waitpid(s32 which, u32 status_at, u32 options)
{
    return sys_wait4(which, status_at, options, 0);
}

/* The answer is a siginfo_t, as SIGCHLD brings it: the status there is the code or the signal alone. */
s32 sys_waitid(u32 type, u32 which, u32 info_at, u32 options, u32 usage_at)
{
    struct answer answer;
    if (options & ~(WNOHANG | WSTOPPED | WEXITED | WCONTINUED | WNOWAIT | WAIT_CLONE) || !(options & (WSTOPPED | WEXITED | WCONTINUED)))
        return -EINVAL;
    if (type > P_PGID || (type == P_PID && (s32)which <= 0))
        return -EINVAL;
    s32 got = wait_for(type, type == P_PGID && !which ? current->process->group : which, options, &answer);
    if (got < 0)
        return got;
    struct signal_info info = { 0, 0, 0, { 0 } };
    if (got) {
        u32 status = answer.code == CLD_EXITED || answer.code == CLD_STOPPED ? answer.status >> 8 : answer.code == CLD_KILLED ? answer.status & 0x7f : SIGCONT;
        info = (struct signal_info){ SIGCHLD, 0, answer.code, { answer.pid, USER_ID, status } };
    }
    if (info_at && copy_to_user(info_at, &info, sizeof info))
        return -EFAULT;
    return got && usage_at && usage_to_user(usage_at, &answer.usage) ? -EFAULT : 0;
}
