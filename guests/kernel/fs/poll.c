/* Queues a poll() waits in, in blocks of a few; and the loop. */
#include "poll.h"
#include "../errno.h"
#include "../mm/kmalloc.h"
#include "../proc/wait_queue.h"

#define WAITERS 14u

struct poll_block {
    struct poll_block *next;
    u32 used;
    struct waiter waiters[WAITERS];
};

void poll_wait(struct poll *poll, struct wait_queue *queue)
{
    if (!poll->registering)
        return;
    if (poll->watch) {
        poll->watch(poll, queue);
        return;
    }
    struct poll_block *block = poll->blocks;
    if (!block || block->used == WAITERS) {
        block = kmalloc(sizeof *block);
        if (!block) {
            poll->error = -ENOMEM;
            return;
        }
        block->next = poll->blocks;
        poll->blocks = block;
    }
    wait_begin(queue, &block->waiters[block->used++]);
}

static void end(struct poll *poll)
{
    while (poll->blocks) {
        struct poll_block *block = poll->blocks;
        poll->blocks = block->next;
        while (block->used)
            wait_end(&block->waiters[--block->used]);
        kfree(block);
    }
}

u32 poll_file(struct file *file, struct poll *poll)
{
    return file->operations->poll ? file->operations->poll(file, poll) : POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

s32 poll_until(s32 (*round)(void *data, struct poll *poll), void *data, u64 deadline)
{
    struct poll poll = { .registering = deadline != 0 };
    s32 ready = round(data, &poll), error = poll.error;
    poll.registering = 0;
    while (!ready && !error && deadline) {
        error = sleep_until(deadline);
        s32 again = round(data, &poll);
        if (again)
            ready = again;
    }
    end(&poll);
    return ready || error == -ETIMEDOUT ? ready : error == -ERESTARTSYS ? -EINTR : error;
}
