/* vfork: parent and child share memory and stack, so only one of them may run. */
#include "vfork.h"
#include "task.h"

/* Only a deadly signal ends the wait before its time; then the child, which is alive still, must not tell us. */
void vfork_wait(struct task *child, struct vfork *vfork)
{
    current->only_killable = 1;
    while (!vfork->done && !sleep_on(&vfork->queue))
        ;
    current->only_killable = 0;
    if (!vfork->done)
        child->vfork = NULL;
}

void vfork_done(struct task *child)
{
    if (!child->vfork)
        return;
    child->vfork->done = 1;
    wake_up(&child->vfork->queue);
    child->vfork = NULL;
}
