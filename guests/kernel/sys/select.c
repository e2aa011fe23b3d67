/* select, in its five forms. */
#include "../errno.h"
#include "../fs/poll.h"
#include "../fs/task_files.h"
#include "../lib/string.h"
#include "../mm/user.h"
#include "file_calls.h"
#include "timeout.h"
#include "wait_mask.h"

#define SETS 3u   /* readable, writable, exceptional */

struct select_request {
    u32 count;
    u32 wanted[SETS][FILES_MAX / 32], ready[SETS][FILES_MAX / 32];
};

static s32 select_round(void *data, struct poll *poll)
{
    static const u32 meaning[SETS] = { POLLIN | POLLRDNORM | POLLHUP | POLLERR, POLLOUT | POLLWRNORM | POLLERR, POLLPRI };
    struct select_request *request = data;
    s32 ready = 0;
    memset(request->ready, 0, sizeof request->ready);
    for (u32 descriptor = 0; descriptor < request->count; descriptor++) {
        u32 word = descriptor / 32, bit = 1u << descriptor % 32;
        if (!((request->wanted[0][word] | request->wanted[1][word] | request->wanted[2][word]) & bit))
            continue;
        struct file *file = file_of_io(descriptor);
        if (!file)
            return -EBADF;
        u32 events = poll_file(file, poll);
        for (u32 set = 0; set < SETS; set++)
            if (request->wanted[set][word] & bit && events & meaning[set]) {
                request->ready[set][word] |= bit;
                ready++;
            }
    }
    return ready;
}

static s32 run_select(u32 count, const u32 sets[SETS], u64 deadline)
{
    struct select_request request = { .count = count < FILES_MAX ? count : FILES_MAX };
    u32 size = (request.count + 31) / 32 * 4;
    if ((s32)count < 0)
        return -EINVAL;
    for (u32 set = 0; set < SETS; set++)
        if (sets[set] && copy_from_user(request.wanted[set], sets[set], size))
            return -EFAULT;
    s32 ready = poll_until(select_round, &request, deadline);
    for (u32 set = 0; set < SETS && ready >= 0; set++)
        if (sets[set] && copy_to_user(sets[set], request.ready[set], size))
            return -EFAULT;
    return ready;
}

s32 sys_select(u32 count, u32 readable, u32 writable, u32 exceptional, u32 timeout_at)
{
    struct timeout timeout = { .at = timeout_at, .micro = 1 };
    s32 error = timeout_read(&timeout);
    if (error)
        return error;
    s32 ready = run_select(count, (const u32[SETS]){ readable, writable, exceptional }, timeout.deadline);
    timeout_write(&timeout);
    return ready;
}

/* The oldest call: a pointer to the five arguments. */
s32 sys_old_select(u32 arguments)
{
    u32 a[5];
    return copy_from_user(a, arguments, sizeof a) ? -EFAULT : sys_select(a[0], a[1], a[2], a[3], a[4]);
}

static s32 pselect(u32 count, const u32 sets[SETS], struct timeout timeout, u32 mask_at)
{
    u32 mask[2] = { 0, 8 };   /* address and size */
    s32 error = mask_at && copy_from_user(mask, mask_at, sizeof mask) ? -EFAULT : timeout_read(&timeout);
    if (!error)
        error = wait_mask_begin(mask[0], mask[1]);
    if (error)
        return error;
    s32 ready = wait_mask_end(mask[0], run_select(count, sets, timeout.deadline));
    timeout_write(&timeout);
    return ready;
}

s32 sys_pselect6(u32 count, u32 readable, u32 writable, u32 exceptional, u32 timeout_at, u32 mask)
{
    return pselect(count, (const u32[SETS]){ readable, writable, exceptional }, (struct timeout){ .at = timeout_at }, mask);
}

s32 sys_pselect6_64(u32 count, u32 readable, u32 writable, u32 exceptional, u32 timeout_at, u32 mask)
{
    return pselect(count, (const u32[SETS]){ readable, writable, exceptional }, (struct timeout){ .at = timeout_at, .wide = 1 }, mask);
}
