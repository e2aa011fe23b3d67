/* Waiting for several files at once. */
#pragma once
#include "file.h"

struct wait_queue;

#define POLLIN     0x001u
#define POLLPRI    0x002u
#define POLLOUT    0x004u
#define POLLERR    0x008u
#define POLLHUP    0x010u
#define POLLNVAL   0x020u
#define POLLRDNORM 0x040u
#define POLLRDBAND 0x080u
#define POLLWRNORM 0x100u
#define POLLWRBAND 0x200u
#define POLLRDHUP  0x2000u

/* Where a poll() in progress waits. */
struct poll {
    struct poll_block *blocks;
    int registering;           /* the first round: each file says which queue will tell of a change */
    s32 error;
    void (*watch)(struct poll *poll, struct wait_queue *queue);   /* who is to be told of it, if it is no task that waits */
};

/** Called by a file's poll(): wake me by that queue. */
void poll_wait(struct poll *poll, struct wait_queue *queue);
/** What is ready now: POLL bits. */
u32 poll_file(struct file *file, struct poll *poll);
/**
 * Looks by `round` (how many are ready, or -errno) until something is, the deadline (clock ticks) is past, or a signal
 * came: -EINTR, as a wait of this kind is not begun anew after a handler. Deadline 0: only looks.
 */
s32 poll_until(s32 (*round)(void *data, struct poll *poll), void *data, u64 deadline);
