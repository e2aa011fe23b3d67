/*
 * timer_create, timer_settime and the rest. While a timer's signal waits, further expirations are counted, not queued.
 * *Not modelled*: timers on processor-time clocks (-EOPNOTSUPP).
 */
#include "posix_timer.h"
#include "../mm/kmalloc.h"
#include "../mm/user.h"
#include "../sys/clock.h"
#include "../sys/interval_timer.h"
#include "../sys/syscall.h"
#include "task.h"

#define TIMERS_MAX 256u
#define TIMER_ABSTIME 1u
enum { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID = 4 };

struct posix_timer {
    struct interval_timer interval_timer;   /* first: the two have one address */
    struct posix_timer *next;
    struct process *process;
    u32 id, notify, thread, overruns;
    struct signal_info info;                /* fields: id, overruns, value */
};

static void expires(struct timer *timer)
{
    struct posix_timer *posix = (struct posix_timer *)timer;
    struct task *task = posix->notify == SIGEV_THREAD_ID ? task_find(posix->thread) : NULL;
    if (posix->interval_timer.interval)
        posix->overruns += timer_repeat(timer, posix->interval_timer.interval);
    if (posix->notify == SIGEV_NONE || (posix->notify == SIGEV_THREAD_ID && (!task || task->process != posix->process)))
        return;
    const struct pending *pending = task ? &task->pending : &posix->process->pending;
    if (pending->set & signal_bit(posix->info.number)) {
        posix->overruns++;
        return;
    }
    posix->info.fields[1] = posix->overruns;
    posix->overruns = 0;
    if (task)
        send_to_task(task, &posix->info);
    else
        send_signal(posix->process, &posix->info);
}

static struct posix_timer *find(u32 id)
{
    struct posix_timer *posix = current->process->timers;
    while (posix && posix->id != id)
        posix = posix->next;
    return posix;
}

/* struct sigevent: value, signal, how, thread. Without one: SIGALRM with the number as its value. */
static s32 read_event(u32 at, struct posix_timer *posix)
{
    u32 event[4] = { posix->id, SIGALRM, SIGEV_SIGNAL, 0 };
    if (at && copy_from_user(event, at, sizeof event))
        return -EFAULT;
    posix->notify = event[2];
    posix->thread = event[3];
    posix->info = (struct signal_info){ event[1], 0, SI_TIMER, { posix->id, 0, event[0] } };
    if (event[2] == SIGEV_NONE)
        return 0;
    if (event[2] == SIGEV_THREAD_ID) {
        const struct task *task = task_find(event[3]);
        if (!task || task->process != current->process)
            return -EINVAL;
    } else if (event[2] != SIGEV_SIGNAL)
        return -EINVAL;
    return event[1] - 1 < SIGNALS ? 0 : -EINVAL;
}

s32 sys_timer_create(u32 clock, u32 event_at, u32 id_at)
{
    u32 id = 0;
    if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
        return -EOPNOTSUPP;
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_TAI)
        return -EINVAL;
    while (find(id))
        id++;
    struct posix_timer *posix = id < TIMERS_MAX ? kmalloc(sizeof *posix) : NULL;
    if (!posix)
        return -EAGAIN;
    *posix = (struct posix_timer){ .interval_timer = { .timer.expire = expires, .clock = clock }, .process = current->process, .id = id };
    s32 error = read_event(event_at, posix);
    if (!error)
        error = copy_to_user(id_at, &id, 4);
    if (error) {
        kfree(posix);
        return error;
    }
    posix->next = current->process->timers;
    current->process->timers = posix;
    return 0;
}

static s32 settime(u32 id, u32 flags, u32 from, u32 old_at, const struct timespec_form *form)
{
    struct posix_timer *posix = find(id);
    struct timer_setting wanted;
    if (!posix)
        return -EINVAL;
    s32 error = timer_setting_from_user(form, from, &wanted);
    if (error)
        return error;
    struct timer_setting old = interval_timer_left(&posix->interval_timer);
    posix->overruns = 0;
    interval_timer_set(&posix->interval_timer, wanted, flags & TIMER_ABSTIME);
    return old_at ? timer_setting_to_user(form, old_at, old) : 0;
}

static s32 gettime(u32 id, u32 to, const struct timespec_form *form)
{
    const struct posix_timer *posix = find(id);
    return posix ? timer_setting_to_user(form, to, interval_timer_left(&posix->interval_timer)) : -EINVAL;
}

s32 sys_timer_settime(u32 id, u32 flags, u32 from, u32 old_at)
{
    return settime(id, flags, from, old_at, &timespec32);
}

s32 sys_timer_settime64(u32 id, u32 flags, u32 from, u32 old_at)
{
    return settime(id, flags, from, old_at, &timespec64);
}

s32 sys_timer_gettime(u32 id, u32 to)
{
    return gettime(id, to, &timespec32);
}

s32 sys_timer_gettime64(u32 id, u32 to)
{
    return gettime(id, to, &timespec64);
}

s32 sys_timer_getoverrun(u32 id)
{
    const struct posix_timer *posix = find(id);
    return posix ? (s32)posix->overruns : -EINVAL;
}

s32 sys_timer_delete(u32 id)
{
    struct posix_timer *posix = find(id), **link = &current->process->timers;
    if (!posix)
        return -EINVAL;
    while (*link != posix)
        link = &(*link)->next;
    *link = posix->next;
    timer_cancel(&posix->interval_timer.timer);
    kfree(posix);
    return 0;
}

void posix_timers_delete(struct process *process)
{
    while (process->timers) {
        struct posix_timer *posix = process->timers;
        process->timers = posix->next;
        timer_cancel(&posix->interval_timer.timer);
        kfree(posix);
    }
}
