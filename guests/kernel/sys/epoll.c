/* epoll_create, epoll_ctl, epoll_wait and their kin. */
#include "../fs/epoll.h"
#include "../errno.h"
#include "../fs/poll.h"
#include "../fs/task_files.h"
#include "../mm/user.h"
#include "../proc/wait_queue.h"
#include "clock.h"
#include "file_calls.h"
#include "timeout.h"
#include "wait_mask.h"

#define TICKS_PER_MILLISECOND (TICKS_PER_SECOND / 1000)
#define EVENTS_MAX (0x7fffffffu / sizeof(struct epoll_event))

enum { EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL, EPOLL_CTL_MOD };

s32 sys_epoll_create1(u32 flags)
{
    if (flags & ~O_CLOEXEC)
        return -EINVAL;
    struct file *set = epoll_create(0);
    return set ? descriptor_add(set, 0, flags & O_CLOEXEC) : -ENOMEM;
}

s32 sys_epoll_create(s32 size)
{
    return size > 0 ? sys_epoll_create1(0) : -EINVAL;
}

s32 sys_epoll_ctl(u32 set_descriptor, u32 operation, u32 descriptor, u32 event_at)
{
    struct epoll_event event = { 0, 0 };
    if (operation != EPOLL_CTL_DEL && copy_from_user(&event, event_at, sizeof event))
        return -EFAULT;
    struct file *set = file_of_io(set_descriptor), *file = set ? file_of_io(descriptor) : NULL;
    if (!file)
        return -EBADF;
    if (!file->operations->poll)
        return -EPERM;
    if (set == file || !is_epoll(set))
        return -EINVAL;
    if (event.events & EPOLLEXCLUSIVE && (operation == EPOLL_CTL_MOD || is_epoll(file)))
        return -EINVAL;
    switch (operation) {
    case EPOLL_CTL_ADD: return epoll_add(set, file, descriptor, &event);
    case EPOLL_CTL_DEL: return epoll_remove(set, file, descriptor);
    case EPOLL_CTL_MOD: return epoll_modify(set, file, descriptor, &event);
    default: return -EINVAL;
    }
}

static s32 wait_until(u32 descriptor, u32 to, u32 most, u64 deadline)
{
    if (most - 1 >= EVENTS_MAX)
        return -EINVAL;
    struct file *set = file_of_io(descriptor);
    if (!set || !is_epoll(set))
        return set ? -EINVAL : -EBADF;
    return epoll_wait(set, to, most, deadline);
}

static u64 deadline_of(s32 milliseconds)
{
    return milliseconds < 0 ? FOREVER : milliseconds ? clock_ticks() + (u64)(u32)milliseconds * TICKS_PER_MILLISECOND : 0;
}

s32 sys_epoll_wait(u32 descriptor, u32 to, u32 most, s32 milliseconds)
{
    return wait_until(descriptor, to, most, deadline_of(milliseconds));
}

s32 sys_epoll_pwait(u32 descriptor, u32 to, u32 most, s32 milliseconds, u32 mask, u32 mask_size)
{
    s32 error = wait_mask_begin(mask, mask_size);
    return error ? error : wait_mask_end(mask, wait_until(descriptor, to, most, deadline_of(milliseconds)));
}

s32 sys_epoll_pwait2(u32 descriptor, u32 to, u32 most, u32 timeout_at, u32 mask, u32 mask_size)
{
    struct timeout timeout = { .at = timeout_at, .wide = 1 };
    s32 error = timeout_read(&timeout);
    if (!error)
        error = wait_mask_begin(mask, mask_size);
    return error ? error : wait_mask_end(mask, wait_until(descriptor, to, most, timeout.deadline));
}
