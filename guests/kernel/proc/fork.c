/*
 * fork, vfork, clone: a new task like the current one, with a part of what it has shared and the rest copied, as the
 * flags say. The child goes on after the same system call, with 0 in EAX.
 */
#include "fork.h"
#include "../cpu/trap.h"
#include "../errno.h"
#include "../fs/task_files.h"
#include "../lib/string.h"
#include "../mm/address_space.h"
#include "../mm/user.h"
#include "../sys/syscall.h"
#include "exit.h"
#include "fpu.h"
#include "schedule.h"

static void adopt(struct process *child, const struct clone *request)
{
    struct process *parent = request->flags & CLONE_PARENT ? current->process->parent : current->process;
    child->parent = parent;
    child->group = current->process->group;
    child->session = current->process->session;
    child->exit_signal = request->flags & CLONE_SIGNAL;
    if (parent) {
        child->sibling = parent->children;
        parent->children = child;
    }
}

/* What the flags share or copy. 0 or -ENOMEM, with what was got so far in the child. */
static s32 share(struct task *child, u32 flags)
{
    if (flags & CLONE_VM) {
        child->mm = current->mm;
        child->mm->references++;
    } else
        child->mm = mm_copy();
    child->files = flags & CLONE_FILES ? files_share(current->files) : files_copy(current->files);
    child->fs = flags & CLONE_FS ? fs_share(current->fs) : fs_copy(current->fs);
    return child->mm && child->files && child->fs ? 0 : -ENOMEM;
}

static void abandon(struct task *child)
{
    if (child->mm)
        mm_release(child->mm);
    if (child->files)
        files_release(child->files);
    if (child->fs)
        fs_release(child->fs);
    task_unlink(child);
    if (!child->process->thread_count)
        process_free(child->process);
    task_free(child);
}

s32 clone_task(const struct clone *request)
{
    u32 flags = request->flags;
    if (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND))
        return -EINVAL;
    if (flags & CLONE_SIGHAND && !(flags & CLONE_VM))
        return -EINVAL;
    struct task *child = task_create(flags & CLONE_THREAD ? current->process : NULL);
    if (!child)
        return -EAGAIN;
    if (share(child, flags)) {
        abandon(child);
        return -ENOMEM;
    }
    if (!(flags & CLONE_THREAD))
        adopt(child->process, request);
    copy_string(child->name, current->name, sizeof child->name);
    memcpy(child->tls, current->tls, sizeof child->tls);
    fpu_store(child);
    *task_frame(child) = *current->frame;
    task_frame(child)->eax = 0;
    if (request->stack)
        task_frame(child)->esp = request->stack;
    prepare_first_run(child);
    s32 pid = (s32)child->pid;
    make_ready(child);
    return pid;
}

s32 sys_fork(void)
{
    return clone_task(&(struct clone){ .flags = SIGCHLD });
}
