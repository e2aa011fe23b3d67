/*
 * Waiters form one list; a waiter is where by the physical page and offset of its word when the page is shared between
 * address spaces, else by address space and address. Nothing comes between the look at the word and the sleep.
 * *Not modelled*: priority inheritance (FUTEX_LOCK_PI and its like: -ENOSYS).
 */
#include "futex.h"
#include "../memlayout.h"
#include "../mm/pagetable.h"
#include "../mm/user.h"
#include "../mm/vma.h"
#include "../sys/clock.h"
#include "../sys/syscall.h"
#include "schedule.h"

enum { FUTEX_WAIT, FUTEX_WAKE, FUTEX_REQUEUE = 3, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP, FUTEX_WAIT_BITSET = 9, FUTEX_WAKE_BITSET };
#define FUTEX_PRIVATE  128u
#define FUTEX_REALTIME 256u
#define ANY_BITS 0xffffffffu
#define TID_MASK   0x3fffffffu
#define OWNER_DIED 0x40000000u
#define ROBUST_MAX 2048u

struct key {
    u32 space;     /* address of the struct mm, or 1 for a physical place */
    u32 address;
};

struct futex_waiter {
    struct futex_waiter *next;
    struct key key;
    struct task *task;
    u32 bits;
    int woken;
};

static struct futex_waiter *waiters;

static int same(struct key a, struct key b)
{
    return a.space == b.space && a.address == b.address;
}

/* Reads the word too, so that its page is there. 0 or -errno. */
static s32 find_key(u32 address, struct key *key, u32 *word)
{
    if (address & 3)
        return -EINVAL;
    if (copy_from_user(word, address, 4))
        return -EFAULT;
    const struct vma *vma = vma_find(address);
    *key = vma && vma->flags & VMA_SHARED ? (struct key){ 1, (*page_entry(address, 0) & PAGE_MASK) | (address & ~PAGE_MASK) }
                                          : (struct key){ (u32)current->mm, address };
    return 0;
}

static void leave(struct futex_waiter *waiter)
{
    struct futex_waiter **link = &waiters;
    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
}

/* First come, first woken: new ones go to the end. */
static void enter(struct futex_waiter *waiter)
{
    struct futex_waiter **link = &waiters;
    while (*link)
        link = &(*link)->next;
    waiter->next = NULL;
    *link = waiter;
}

static s32 wait(u32 address, u32 expected, u32 bits, u64 deadline)
{
    struct futex_waiter waiter = { .task = current, .bits = bits };
    u32 word;
    s32 error = bits ? find_key(address, &waiter.key, &word) : -EINVAL;
    if (error)
        return error;
    if (word != expected)
        return -EAGAIN;
    enter(&waiter);
    current->woken = 0;
    while (!waiter.woken && !error)
        error = sleep_until(deadline);
    if (waiter.woken)
        return 0;
    leave(&waiter);
    return error == -ERESTARTSYS && deadline != FOREVER ? -EINTR : error;
}

static s32 wake(struct key key, u32 count, u32 bits)
{
    u32 woken = 0;
    for (struct futex_waiter **link = &waiters; *link && woken < count;) {
        struct futex_waiter *waiter = *link;
        if (!same(waiter->key, key) || !(waiter->bits & bits)) {
            link = &waiter->next;
            continue;
        }
        *link = waiter->next;
        waiter->woken = 1;
        waiter->task->woken = 1;
        make_ready(waiter->task);
        woken++;
    }
    return (s32)woken;
}

s32 futex_wake(u32 address, u32 count)
{
    struct key key;
    u32 word;
    s32 error = find_key(address, &key, &word);
    return error ? error : wake(key, count, ANY_BITS);
}

static s32 requeue(u32 from, u32 to, u32 wake_count, u32 move_count, const u32 *expected)
{
    struct key key, other;
    u32 word, ignored, moved = 0;
    s32 error = find_key(from, &key, &word);
    if (!error)
        error = find_key(to, &other, &ignored);
    if (error)
        return error;
    if (expected && word != *expected)
        return -EAGAIN;
    s32 woken = wake(key, wake_count, ANY_BITS);
    for (struct futex_waiter *waiter = waiters; waiter && moved < move_count; waiter = waiter->next)
        if (same(waiter->key, key)) {
            waiter->key = other;
            moved++;
        }
    return expected ? woken + (s32)moved : woken;
}

/* FUTEX_WAKE_OP: changes a second word, wakes at the first, and at the second too when its old value compares so. Operation:
   bits 28-31 what (bit 31: operand is a shift), 24-27 comparison, 12-23 operand, 0-11 comparand, both signed. */
static s32 wake_op(u32 address, u32 second, u32 count, u32 second_count, u32 operation)
{
    struct key key, other;
    u32 word, old;
    s32 operand = (s32)(operation << 8) >> 20, comparand = (s32)(operation << 20) >> 20, error = find_key(address, &key, &word);
    if (!error)
        error = find_key(second, &other, &old);
    if (error)
        return error;
    u32 value = operation >> 31 ? 1u << (operand & 31) : (u32)operand, new;
    switch (operation >> 28 & 7) {
    case 0: new = value; break;
    case 1: new = old + value; break;
    case 2: new = old | value; break;
    case 3: new = old & ~value; break;
    case 4: new = old ^ value; break;
    default: return -ENOSYS;
    }
    if (copy_to_user(second, &new, 4))
        return -EFAULT;
    s32 was = (s32)old;
    const int holds[] = { was == comparand, was != comparand, was < comparand, was <= comparand, was > comparand, was >= comparand };
    u32 comparison = operation >> 24 & 15;
    if (comparison >= COUNT(holds))
        return -ENOSYS;
    s32 woken = wake(key, count, ANY_BITS);
    return holds[comparison] ? woken + wake(other, second_count, ANY_BITS) : woken;
}

static s32 futex(u32 address, u32 operation, u32 value, u64 deadline, u32 count, u32 second, u32 third)
{
    switch (operation & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) {
    case FUTEX_WAIT: return wait(address, value, ANY_BITS, deadline);
    case FUTEX_WAIT_BITSET: return wait(address, value, third, deadline);
    case FUTEX_WAKE: return futex_wake(address, value);
    case FUTEX_WAKE_BITSET: {
        struct key key;
        u32 word;
        s32 error = third ? find_key(address, &key, &word) : -EINVAL;
        return error ? error : wake(key, value, third);
    }
    case FUTEX_REQUEUE: return requeue(address, second, value, count, NULL);
    case FUTEX_CMP_REQUEUE: return requeue(address, second, value, count, &third);
    case FUTEX_WAKE_OP: return wake_op(address, second, value, count, third);
    default: return -ENOSYS;
    }
}

/* The fourth argument is a time for those that wait, a count for the others. FUTEX_WAIT's is relative, the others' absolute. */
static s32 read_deadline(u32 operation, u32 at, s32 (*read)(u32, u64 *), u64 *deadline)
{
    u32 what = operation & ~(FUTEX_PRIVATE | FUTEX_REALTIME);
    *deadline = FOREVER;
    if (!at || (what != FUTEX_WAIT && what != FUTEX_WAIT_BITSET))
        return 0;
    s32 error = read(at, deadline);
    if (!error && what == FUTEX_WAIT_BITSET)
        *deadline = clock_deadline(operation & FUTEX_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, *deadline);
    else if (!error)
        *deadline += clock_ticks();
    return error;
}

s32 sys_futex(u32 address, u32 operation, u32 value, u32 timeout_at, u32 second, u32 third)
{
    u64 deadline;
    s32 error = read_deadline(operation, timeout_at, ticks_from_timespec, &deadline);
    return error ? error : futex(address, operation, value, deadline, timeout_at, second, third);
}

s32 sys_futex64(u32 address, u32 operation, u32 value, u32 timeout_at, u32 second, u32 third)
{
    u64 deadline;
    s32 error = read_deadline(operation, timeout_at, ticks_from_timespec64, &deadline);
    return error ? error : futex(address, operation, value, deadline, timeout_at, second, third);
}

s32 sys_set_robust_list(u32 head, u32 size)
{
    if (size != 12)
        return -EINVAL;
    current->robust_list = head;
    return 0;
}

s32 sys_get_robust_list(u32 pid, u32 head_at, u32 size_at)
{
    static const u32 size = 12;
    const struct task *task = pid ? task_find(pid) : current;
    if (!task)
        return -ESRCH;
    return copy_to_user(size_at, &size, 4) || copy_to_user(head_at, &task->robust_list, 4) ? -EFAULT : 0;
}

static void release_one(u32 address)
{
    u32 word;
    if (copy_from_user(&word, address, 4) || (word & TID_MASK) != current->pid)
        return;
    word = (word & ~TID_MASK) | OWNER_DIED;
    if (!copy_to_user(address, &word, 4))
        futex_wake(address, 1);
}

/* struct robust_list_head: first entry, offset from an entry to its futex, an entry that is being taken; a circle. */
void release_robust_futexes(void)
{
    u32 head[3], entry;
    if (!current->robust_list || copy_from_user(head, current->robust_list, sizeof head))
        return;
    entry = head[0] & ~1u;   /* bit 0: of the priority inheritance kind */
    for (u32 passed = 0; entry != current->robust_list && passed < ROBUST_MAX; passed++) {
        u32 next;
        int ends = copy_from_user(&next, entry, 4) != 0;
        if (entry != head[2])
            release_one(entry + head[1]);
        if (ends)
            break;
        entry = next & ~1u;
    }
    if (head[2])
        release_one((head[2] & ~1u) + head[1]);
}
