/* Calls about signals: actions, masks, waiting. */
#include "../proc/signal.h"
#include "../mm/user.h"
#include "../proc/child.h"
#include "../proc/schedule.h"
#include "clock.h"
#include "syscall.h"

#define UNBLOCKABLE (signal_bit(SIGKILL) | signal_bit(SIGSTOP))
enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

static s32 set_action(u32 number, const struct action *new, struct action *old)
{
    if (number - 1 >= SIGNALS || (new && UNBLOCKABLE & signal_bit(number)))
        return -EINVAL;
    struct action *action = &current->handlers->action[number - 1];
    *old = *action;
    if (!new)
        return 0;
    *action = *new;
    action->mask &= ~UNBLOCKABLE;
    if (is_ignored(current, number)) {
        drop_signals(&current->process->pending, signal_bit(number));
        drop_signals(&current->pending, signal_bit(number));
    }
    return 0;
}

/* struct kernel_sigaction: handler, flags, restorer, mask of 8 bytes */
s32 sys_rt_sigaction(u32 number, u32 new_at, u32 old_at, u32 size)
{
    struct { u32 handler, flags, restorer; u32 mask[2]; } user = { 0, 0, 0, { 0, 0 } };
    struct action new, old;
    if (size != 8)
        return -EINVAL;
    if (new_at && copy_from_user(&user, new_at, sizeof user))
        return -EFAULT;
    new = (struct action){ user.handler, user.flags, user.restorer, (u64)user.mask[1] << 32 | user.mask[0] };
    s32 error = set_action(number, new_at ? &new : NULL, &old);
    if (error || !old_at)
        return error;
    user.handler = old.handler;
    user.flags = old.flags;
    user.restorer = old.restorer;
    user.mask[0] = (u32)old.mask;
    user.mask[1] = (u32)(old.mask >> 32);
    return copy_to_user(old_at, &user, sizeof user);
}

/* The old structure: handler, mask of 4 bytes, flags, restorer */
s32 sys_sigaction(u32 number, u32 new_at, u32 old_at)
{
    u32 user[4] = { 0, 0, 0, 0 };
    struct action new, old;
    if (new_at && copy_from_user(user, new_at, sizeof user))
        return -EFAULT;
    new = (struct action){ user[0], user[2], user[3], user[1] };
    s32 error = set_action(number, new_at ? &new : NULL, &old);
    if (error || !old_at)
        return error;
    u32 answer[4] = { old.handler, (u32)old.mask, old.flags, old.restorer };
    return copy_to_user(old_at, answer, sizeof answer);
}

s32 sys_signal(u32 number, u32 handler)
{
    struct action new = { handler, SA_RESETHAND | SA_NODEFER, 0, 0 }, old;
    s32 error = set_action(number, &new, &old);
    return error ? error : (s32)old.handler;
}

static s32 set_mask(u32 how, u64 set)
{
    set &= ~UNBLOCKABLE;
    switch (how) {
    case SIG_BLOCK: current->blocked |= set; return 0;
    case SIG_UNBLOCK: current->blocked &= ~set; return 0;
    case SIG_SETMASK: current->blocked = set; return 0;
    default: return -EINVAL;
    }
}

s32 sys_rt_sigprocmask(u32 how, u32 set_at, u32 old_at, u32 size)
{
    u64 set, old = current->blocked;
    if (size != 8)
        return -EINVAL;
    if (set_at) {
        if (copy_from_user(&set, set_at, 8))
            return -EFAULT;
        s32 error = set_mask(how, set);
        if (error)
            return error;
    }
    return old_at ? copy_to_user(old_at, &old, 8) : 0;
}

s32 sys_sigprocmask(u32 how, u32 set_at, u32 old_at)
{
    u32 set, old = (u32)current->blocked;
    if (set_at) {
        if (copy_from_user(&set, set_at, 4))
            return -EFAULT;
        u64 wide = how == SIG_SETMASK ? (current->blocked & ~0xffffffffull) | set : set;
        s32 error = set_mask(how, wide);
        if (error)
            return error;
    }
    return old_at ? copy_to_user(old_at, &old, 4) : 0;
}

s32 sys_sgetmask(void)
{
    return (s32)(u32)current->blocked;
}

s32 sys_rt_sigpending(u32 to, u32 size)
{
    u64 set = (current->pending.set | current->process->pending.set) & current->blocked;
    return size > 8 ? -EINVAL : copy_to_user(to, &set, size);
}

s32 sys_sigpending(u32 to)
{
    return sys_rt_sigpending(to, 4);
}

/* Waits, with another mask, for a signal that ends or has a handler. The old mask comes back with sigreturn. */
static s32 suspend(u64 mask)
{
    current->saved_mask = current->blocked;
    current->restore_mask = 1;
    current->blocked = mask & ~UNBLOCKABLE;
    while (!signal_pending(current))
        sleep_until(FOREVER);
    return -ERESTARTNOHAND;
}

s32 sys_rt_sigsuspend(u32 mask_at, u32 size)
{
    u64 mask;
    if (size != 8)
        return -EINVAL;
    return copy_from_user(&mask, mask_at, 8) ? -EFAULT : suspend(mask);
}

s32 sys_sigsuspend(u32 unused, u32 unused_too, u32 mask)
{
    (void)unused, (void)unused_too;
    return suspend(mask);
}

s32 sys_pause(void)
{
    while (!signal_pending(current))
        sleep_until(FOREVER);
    return -ERESTARTNOHAND;
}

/* Takes a blocked signal of the set, waiting for one. The signals it waits for are let through while it sleeps. */
static s32 wait_for_signal(u32 set_at, u32 info_at, u64 deadline)
{
    struct { struct signal_info info; u32 rest[32 - sizeof(struct signal_info) / 4]; } siginfo = { .rest = { 0 } };
    u64 set, blocked = current->blocked;
    s32 error = 0;
    if (copy_from_user(&set, set_at, 8))
        return -EFAULT;
    set &= ~UNBLOCKABLE;
    for (;;) {
        u32 number = take_signal(&current->pending, set, &siginfo.info);
        if (!number)
            number = take_signal(&current->process->pending, set, &siginfo.info);
        if (number)
            return info_at && copy_to_user(info_at, &siginfo, sizeof siginfo) ? -EFAULT : (s32)number;
        if (error)
            return error == -ETIMEDOUT ? -EAGAIN : -EINTR;
        current->blocked &= ~set;
        error = sleep_until(deadline);
        current->blocked = blocked;
    }
}

s32 sys_rt_sigtimedwait(u32 set_at, u32 info_at, u32 timeout_at, u32 size)
{
    u64 deadline = FOREVER;
    s32 error = size != 8 ? -EINVAL : timeout_at ? deadline_from_timespec(timeout_at, &deadline) : 0;
    return error ? error : wait_for_signal(set_at, info_at, deadline);
}

s32 sys_rt_sigtimedwait64(u32 set_at, u32 info_at, u32 timeout_at, u32 size)
{
    u64 deadline = FOREVER;
    s32 error = size != 8 ? -EINVAL : timeout_at ? deadline_from_timespec64(timeout_at, &deadline) : 0;
    return error ? error : wait_for_signal(set_at, info_at, deadline);
}
