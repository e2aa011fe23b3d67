/*
 * fork, vfork, clone: a new task like the current one, with a part of what it has shared and the rest copied, as the
 * flags say. The child goes on after the same system call, with 0 in EAX.
 * *Not modelled*: clone3 (-ENOSYS: C libraries then take clone), namespaces.
 */
#include "fork.h"
#include "../cpu/trap.h"
#include "../fs/task_files.h"
#include "../lib/string.h"
#include "../mm/address_space.h"
#include "../mm/user.h"
#include "../sys/syscall.h"
#include "../sys/thread_area.h"
#include "fpu.h"
#include "schedule.h"
#include "vfork.h"

static void adopt(struct process *child, const struct clone *request)
{
    struct process *us = current->process, *parent = request->flags & CLONE_PARENT ? us->parent : us;
    child->parent = parent;
    child->group = us->group;
    child->session = us->session;
    child->exit_signal = request->flags & CLONE_SIGNAL;
    memcpy(child->limits, us->limits, sizeof child->limits);
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
    if (flags & CLONE_SIGHAND) {
        child->handlers = current->handlers;
        child->handlers->references++;
    } else
        child->handlers = handlers_copy(current->handlers);
    return child->mm && child->files && child->fs && child->handlers ? 0 : -ENOMEM;
}

static void abandon(struct task *child)
{
    if (child->mm)
        mm_release(child->mm);
    if (child->files)
        files_release(child->files);
    if (child->fs)
        fs_release(child->fs);
    if (child->handlers)
        handlers_release(child->handlers);
    task_unlink(child);
    if (!child->process->thread_count)
        process_free(child->process);
    task_free(child);
}

/* Numbers and the TLS descriptor that the request wants. A place that cannot be written is not written, as on Linux. */
static s32 set_up_thread(struct task *child, const struct clone *request)
{
    u32 slot;
    u64 descriptor;
    memcpy(child->tls, current->tls, sizeof child->tls);
    if (request->flags & CLONE_SETTLS) {
        s32 error = read_thread_area(request->tls, &slot, &descriptor);
        if (error)
            return error;
        child->tls[slot] = descriptor;
    }
    if (request->flags & CLONE_CHILD_CLEARTID)
        child->clear_child_tid = request->child_tid;
    if (request->flags & CLONE_CHILD_SETTID)
        child->set_child_tid = request->child_tid;
    return request->flags & CLONE_PARENT_SETTID ? copy_to_user(request->parent_tid, &child->pid, 4) : 0;
}

static s32 check(u32 flags)
{
    if (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND))
        return -EINVAL;
    if (flags & CLONE_SIGHAND && !(flags & CLONE_VM))
        return -EINVAL;
    if (flags & CLONE_NEW_SPACES)
        return -EPERM;
    if (tasks_count() >= current->process->limits[RLIMIT_NPROC][0])
        return -EAGAIN;
    return current->process->exiting ? -ERESTARTSYS : 0;
}

s32 clone_task(const struct clone *request)
{
    u32 flags = request->flags;
    struct vfork vfork = { { NULL }, 0 };
    s32 error = check(flags);
    if (error)
        return error;
    struct task *child = task_create(flags & CLONE_THREAD ? current->process : NULL);
    if (!child)
        return -EAGAIN;
    error = share(child, flags);
    if (!error)
        error = set_up_thread(child, request);
    if (error) {
        abandon(child);
        return error;
    }
    if (!(flags & CLONE_THREAD))
        adopt(child->process, request);
    copy_string(child->name, current->name, sizeof child->name);
    child->blocked = current->blocked;
    if (!(flags & CLONE_VM) || flags & CLONE_VFORK)
        child->alternate_stack = current->alternate_stack;
    fpu_store(child);
    *task_frame(child) = *current->frame;
    task_frame(child)->eax = 0;
    task_frame(child)->error = NO_RESTART;
    if (request->stack)
        task_frame(child)->esp = request->stack;
    prepare_first_run(child);
    u32 pid = child->pid;   /* once it runs, it may be gone at any time */
    if (flags & CLONE_VFORK)
        child->vfork = &vfork;
    make_ready(child);
    if (flags & CLONE_VFORK)
        vfork_wait(child, &vfork);
    return (s32)pid;
}

/** The first thing a new task does, in its own address space: called by task_begin. */
void child_started(void)
{
    switched();
    if (current->set_child_tid)
        copy_to_user(current->set_child_tid, &current->pid, 4);
    if (signal_pending(current))
        deliver_signals(current->frame);
    usage_kernel_left();
}

s32 sys_fork(void)
{
    return clone_task(&(struct clone){ .flags = SIGCHLD });
}

s32 sys_vfork(void)
{
    return clone_task(&(struct clone){ .flags = CLONE_VFORK | CLONE_VM | SIGCHLD });
}

s32 sys_clone(u32 flags, u32 stack, u32 parent_tid, u32 tls, u32 child_tid)
{
    return clone_task(&(struct clone){ flags, stack, parent_tid, child_tid, tls });
}
