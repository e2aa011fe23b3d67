/* The parent in vfork() sleeps until the child has left its memory: by exec, or by ending. */
#pragma once
#include "wait_queue.h"

struct vfork {
    struct wait_queue queue;
    int done;
};

/** For the parent, after the child was made, before it runs. */
void vfork_wait(struct task *child, struct vfork *vfork);
/** For the child: the parent may go on. */
void vfork_done(struct task *child);
