/* poll: it looks at the program's own memory each round, and leaves the answer there. */
#include "../fs/poll.h"
#include "../errno.h"
#include "../fs/task_files.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "../proc/wait_queue.h"
#include "clock.h"
#include "file_calls.h"
#include "timeout.h"
#include "wait_mask.h"

#define TICKS_PER_MILLISECOND (TICKS_PER_SECOND / 1000)
#define ALWAYS (POLLERR | POLLHUP | POLLNVAL)

struct poll_request {
    u32 at, count;
};

struct pollfd {
    s32 descriptor;
    u16 events, answer;
};

static s32 poll_round(void *data, struct poll *poll)
{
    const struct poll_request *request = data;
    s32 ready = 0;
    for (u32 i = 0; i < request->count; i++) {
        struct pollfd one;
        u32 at = request->at + i * sizeof one;
        if (copy_from_user(&one, at, sizeof one))
            return -EFAULT;
        struct file *file = one.descriptor < 0 ? NULL : file_of_io((u32)one.descriptor);
        u32 events = one.descriptor < 0 ? 0 : file ? poll_file(file, poll) : POLLNVAL;
        one.answer = (u16)(events & (one.events | ALWAYS));
        ready += one.answer != 0;
        if (copy_to_user(at + 6, &one.answer, 2))
            return -EFAULT;
    }
    return ready;
}

static s32 run_poll(u32 at, u32 count, u64 deadline)
{
    struct poll_request request = { at, count };
    return count > current->files->limit ? -EINVAL : poll_until(poll_round, &request, deadline);
}

s32 sys_poll(u32 at, u32 count, u32 milliseconds)
{
    return run_poll(at, count, (s32)milliseconds < 0 ? FOREVER : milliseconds ? clock_ticks() + (u64)milliseconds * TICKS_PER_MILLISECOND : 0);
}

static s32 ppoll(u32 at, u32 count, struct timeout timeout, u32 mask, u32 mask_size)
{
    s32 error = timeout_read(&timeout);
    if (!error)
        error = wait_mask_begin(mask, mask_size);
    if (error)
        return error;
    s32 ready = wait_mask_end(mask, run_poll(at, count, timeout.deadline));
    timeout_write(&timeout);
    return ready;
}

s32 sys_ppoll(u32 at, u32 count, u32 timeout_at, u32 mask, u32 mask_size)
{
    return ppoll(at, count, (struct timeout){ .at = timeout_at }, mask, mask_size);
}

s32 sys_ppoll64(u32 at, u32 count, u32 timeout_at, u32 mask, u32 mask_size)
{
    return ppoll(at, count, (struct timeout){ .at = timeout_at, .wide = 1 }, mask, mask_size);
}
