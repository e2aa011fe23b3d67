/* SIGCHLD, and the wait queue behind wait(). */
#include "child.h"
#include "signal.h"
#include "task.h"
#include "../sys/credentials.h"

static const struct action *chld_action(const struct process *parent)
{
    return &parent->threads->handlers->action[SIGCHLD - 1];
}

int child_is_unwanted(const struct process *child)
{
    const struct process *parent = child->parent;
    if (!parent || parent->ended)
        return 1;
    const struct action *action = chld_action(parent);
    return child->exit_signal == SIGCHLD && (action->handler == SIG_IGN || action->flags & SA_NOCLDWAIT);
}

void child_changed(struct process *child, s32 code, u32 status)
{
    struct process *parent = child->parent;
    if (!parent || parent->ended)
        return;
    int stops = code == CLD_STOPPED || code == CLD_CONTINUED;
    u32 number = stops ? SIGCHLD : child->exit_signal;
    if (number && !(stops && chld_action(parent)->flags & SA_NOCLDSTOP))
        send_signal(parent, &(struct signal_info){ .number = number, .code = code, .fields = { child->pid, USER_ID, status } });
    wake_up(&parent->child_changed);
}
