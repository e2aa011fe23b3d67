/*
 * Locks are a list an inode. A new one takes from the owner's older ones what it overlaps, then is added, unless it
 * unlocks. F_SETLKW waits; a circle of waiting processes is not found out (-EDEADLK is not modelled).
 */
#include "locks.h"
#include "../errno.h"
#include "../mm/kmalloc.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "../proc/wait_queue.h"

enum { F_RDLCK, F_WRLCK, F_UNLCK };
enum { CALL_GET, CALL_SET, CALL_SET_WAIT };

struct lock {
    struct lock *next;
    u64 start, end;            /* first byte after it; ~0: to the end of any file */
    u32 type;
    u32 owner;                 /* a process, by number; or an open file, by address: flock() */
};

/* As the program has it, in either width. */
struct request {
    u16 type, whence;
    u64 start, length;
    u32 pid;
};

static struct wait_queue released;

static s32 read_request(u32 at, int wide, struct request *r)
{
    struct { u16 type, whence; u64 start, length; u32 pid; } __attribute__((packed)) long_one;
    struct { u16 type, whence; s32 start, length; u32 pid; } short_one;
    if (wide) {
        if (copy_from_user(&long_one, at, sizeof long_one))
            return -EFAULT;
        *r = (struct request){ long_one.type, long_one.whence, long_one.start, long_one.length, long_one.pid };
        return 0;
    }
    if (copy_from_user(&short_one, at, sizeof short_one))
        return -EFAULT;
    *r = (struct request){ short_one.type, short_one.whence, (u64)(s64)short_one.start, (u64)(s64)short_one.length, short_one.pid };
    return 0;
}

static s32 write_request(u32 at, int wide, const struct request *r)
{
    struct { u16 type, whence; u64 start, length; u32 pid; } __attribute__((packed)) long_one = { r->type, r->whence, r->start, r->length, r->pid };
    struct { u16 type, whence; u32 start, length, pid; } short_one = { r->type, r->whence, (u32)r->start, (u32)r->length, r->pid };
    return wide ? copy_to_user(at, &long_one, sizeof long_one) : copy_to_user(at, &short_one, sizeof short_one);
}

/* From whence, start and length to a range. */
static s32 range_of(const struct file *file, const struct request *r, struct lock *lock)
{
    s64 start = (s64)r->start, length = (s64)r->length;
    if (r->whence > 2 || r->type > F_UNLCK)
        return -EINVAL;
    start += r->whence == 1 ? (s64)file->position : r->whence == 2 ? (s64)file->inode->size : 0;
    if (length < 0) {
        start += length;
        length = -length;
    }
    if (start < 0)
        return -EINVAL;
    *lock = (struct lock){ .start = (u64)start, .end = length ? (u64)start + (u64)length : ~0ull, .type = r->type, .owner = current->process->pid };
    return 0;
}

static int is_of_file(const struct lock *lock)
{
    return lock->owner > PID_MAX;
}

static struct lock *conflict(const struct inode *inode, const struct lock *wanted)
{
    for (struct lock *lock = inode->locks; lock; lock = lock->next)
        if (lock->owner != wanted->owner && is_of_file(lock) == is_of_file(wanted) && lock->start < wanted->end && wanted->start < lock->end &&
            (lock->type == F_WRLCK || wanted->type == F_WRLCK))
            return lock;
    return NULL;
}

static void forget(struct lock **link)
{
    struct lock *gone = *link;
    *link = gone->next;
    kfree(gone);
}

/* Takes [start, end) out of the owner's locks; `spare` becomes the upper half of one that is split, and is NULL then. */
static void carve(struct inode *inode, const struct lock *range, struct lock **spare)
{
    struct lock **link = &inode->locks;
    while (*link) {
        struct lock *lock = *link;
        if (lock->owner == range->owner && lock->start < range->end && range->start < lock->end) {
            if (lock->start < range->start && range->end < lock->end) {
                struct lock *upper = *spare;
                *spare = NULL;
                *upper = *lock;
                upper->start = range->end;
                lock->end = range->start;
                lock->next = upper;
                return;
            }
            if (lock->start >= range->start && lock->end <= range->end) {
                forget(link);
                continue;
            }
            if (lock->start < range->start)
                lock->end = range->start;
            else
                lock->start = range->end;
        }
        link = &lock->next;
    }
}

static s32 set(struct inode *inode, const struct lock *wanted)
{
    struct lock *spare = kmalloc(sizeof *spare), *fresh = kmalloc(sizeof *fresh);
    if (!spare || !fresh) {
        kfree(spare);
        kfree(fresh);
        return -ENOMEM;
    }
    carve(inode, wanted, &spare);
    if (wanted->type != F_UNLCK) {
        *fresh = *wanted;
        fresh->next = inode->locks;
        inode->locks = fresh;
        fresh = NULL;
    }
    kfree(spare);
    kfree(fresh);
    wake_up(&released);
    return 0;
}

s32 lock_call(struct file *file, u32 call, u32 argument, int wide)
{
    struct request r;
    struct lock wanted;
    s32 error = read_request(argument, wide, &r);
    if (!error)
        error = range_of(file, &r, &wanted);
    if (error)
        return error;
    struct lock *held = conflict(file->inode, &wanted);
    if (call == CALL_GET) {
        if (r.type == F_UNLCK)
            return -EINVAL;
        r.type = F_UNLCK;
        if (held)
            r = (struct request){ (u16)held->type, 0, held->start, held->end == ~0ull ? 0 : held->end - held->start, held->owner };
        return write_request(argument, wide, &r);
    }
    if ((r.type == F_RDLCK && !may_read(file)) || (r.type == F_WRLCK && !may_write(file)))
        return -EBADF;
    while (r.type != F_UNLCK && (held = conflict(file->inode, &wanted))) {
        error = call == CALL_SET ? -EAGAIN : sleep_on(&released);
        if (error)
            return error;
    }
    return set(file->inode, &wanted);
}

s32 lock_whole(struct file *file, u32 type, int without_waiting)
{
    struct lock wanted = { .end = ~0ull, .type = type, .owner = (u32)file };
    while (type != F_UNLCK && conflict(file->inode, &wanted)) {
        s32 error = without_waiting ? -EAGAIN : sleep_on(&released);
        if (error)
            return error;
    }
    return set(file->inode, &wanted);
}

static void drop(struct inode *inode, u32 owner)
{
    struct lock **link = &inode->locks;
    if (!*link)
        return;
    while (*link) {
        if ((*link)->owner == owner)
            forget(link);
        else
            link = &(*link)->next;
    }
    wake_up(&released);
}

void lock_drop_whole(struct file *file)
{
    drop(file->inode, (u32)file);
}

void locks_drop(struct inode *inode, u32 process)
{
    drop(inode, process);
}
