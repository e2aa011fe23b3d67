/* As sigsuspend() does it: the old mask is kept in the task until a handler has been entered, or there is none. */
#include "wait_mask.h"
#include "../mm/user.h"
#include "../proc/signal.h"
#include "../proc/task.h"

#define UNBLOCKABLE (signal_bit(SIGKILL) | signal_bit(SIGSTOP))

s32 wait_mask_begin(u32 mask_at, u32 size)
{
    u64 mask;
    if (!mask_at)
        return 0;
    if (size != sizeof mask)
        return -EINVAL;
    if (copy_from_user(&mask, mask_at, sizeof mask))
        return -EFAULT;
    current->saved_mask = current->blocked;
    current->blocked = mask & ~UNBLOCKABLE;
    return 0;
}

s32 wait_mask_end(u32 mask_at, s32 answer)
{
    if (!mask_at)
        return answer;
    if (answer == -EINTR)
        current->restore_mask = 1;
    else
        current->blocked = current->saved_mask;
    return answer;
}
