/* Signals that wait, with what is known of each. */
#include "../mm/kmalloc.h"
#include "signal.h"

#define QUEUED_MAX 1000u   /* a process cannot fill the kernel's memory with signals */

struct queued_signal {
    struct queued_signal *next;
    struct signal_info info;
};

static u32 lowest(u64 set)
{
    u32 half = (u32)set;
    return half ? (u32)__builtin_ctz(half) + 1 : (u32)__builtin_ctz((u32)(set >> 32)) + 33;
}

s32 queue_signal(struct pending *pending, const struct signal_info *info)
{
    u64 bit = signal_bit(info->number);
    if (pending->set & bit && info->number < SIGRTMIN)
        return 0;
    struct queued_signal **link = &pending->first;
    u32 length = 0;
    for (; *link; link = &(*link)->next)
        length++;
    struct queued_signal *queued = length < QUEUED_MAX ? kmalloc(sizeof *queued) : NULL;
    if (!queued && info->number >= SIGRTMIN)
        return -EAGAIN;
    pending->set |= bit;   /* a plain signal comes even when there is no memory to say more */
    if (queued) {
        queued->info = *info;
        *link = queued;
    }
    return 0;
}

u32 take_signal(struct pending *pending, u64 wanted, struct signal_info *info)
{
    u64 set = pending->set & wanted;
    if (!set)
        return 0;
    u32 number = lowest(set & FAULT_SIGNALS ? set & FAULT_SIGNALS : set);
    int found = 0, more = 0;
    *info = (struct signal_info){ .number = number };
    for (struct queued_signal **link = &pending->first; *link;) {
        struct queued_signal *queued = *link;
        if (queued->info.number != number) {
            link = &queued->next;
        } else if (found++) {
            more = 1;
            break;
        } else {
            *info = queued->info;
            *link = queued->next;
            kfree(queued);
        }
    }
    if (!more)
        pending->set &= ~signal_bit(number);
    return number;
}

void drop_signals(struct pending *pending, u64 set)
{
    pending->set &= ~set;
    for (struct queued_signal **link = &pending->first; *link;) {
        struct queued_signal *queued = *link;
        if (signal_bit(queued->info.number) & set) {
            *link = queued->next;
            kfree(queued);
        } else
            link = &queued->next;
    }
}
