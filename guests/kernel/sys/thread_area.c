/*
 * set_thread_area, get_thread_area: each task has three descriptors in the GDT, for thread-local storage.
 * struct user_desc: entry number (-1: choose), base, limit, and a word of bits: 0 seg_32bit, 1-2 contents,
 * 3 read_exec_only, 4 limit_in_pages, 5 seg_not_present, 6 useable. As Linux, we take data segments only.
 */
#include "thread_area.h"
#include "../cpu/segments.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "syscall.h"

struct user_desc {
    u32 entry, base, limit, bits;
};

static s32 describe(const struct user_desc *d, u64 *descriptor)
{
    if ((d->bits & 6) > 2)   /* contents above 1 would be code */
        return -EINVAL;
    u32 empty = (d->bits & 0x3f) == 0x28 && !d->base && !d->limit;
    u32 type = (d->bits & 8 ? 0 : 2) | (d->bits >> 1 & 1) << 2;   /* writable, expand-down */
    u32 attributes = 0x7100 | type << 8 | (d->bits & 1) << 22 | (d->bits >> 4 & 1) << 23 | (d->bits >> 5 & 1 ? 0 : 0x8000);
    *descriptor = empty ? 0 : data_descriptor(d->base, d->limit, attributes);
    return 0;
}

s32 read_thread_area(u32 at, u32 *slot, u64 *descriptor)
{
    struct user_desc d;
    if (copy_from_user(&d, at, sizeof d))
        return -EFAULT;
    *slot = d.entry - TLS_ENTRY;
    return *slot < TLS_COUNT ? describe(&d, descriptor) : -EINVAL;
}

s32 sys_set_thread_area(u32 at)
{
    struct user_desc d;
    u64 descriptor;
    if (copy_from_user(&d, at, sizeof d))
        return -EFAULT;
    u32 slot = d.entry - TLS_ENTRY;
    if (d.entry == (u32)-1) {
        for (slot = 0; slot < TLS_COUNT && current->tls[slot]; slot++)
            ;
        if (slot == TLS_COUNT)
            return -ESRCH;
    }
    s32 error = slot < TLS_COUNT ? describe(&d, &descriptor) : -EINVAL;
    if (error)
        return error;
    d.entry = TLS_ENTRY + slot;
    if (copy_to_user(at, &d.entry, 4))
        return -EFAULT;
    current->tls[slot] = descriptor;
    load_tls(current->tls);
    return 0;
}

s32 sys_get_thread_area(u32 at)
{
    struct user_desc d;
    if (copy_from_user(&d, at, sizeof d))
        return -EFAULT;
    u32 slot = d.entry - TLS_ENTRY;
    if (slot >= TLS_COUNT)
        return -EINVAL;
    u32 low = (u32)current->tls[slot], high = (u32)(current->tls[slot] >> 32);
    d.base = low >> 16 | (high & 0xff) << 16 | (high & 0xff000000);
    d.limit = (low & 0xffff) | (high & 0xf0000);
    d.bits = high ? (high >> 22 & 1) | (high >> 10 & 1) << 1 | (high >> 9 & 1 ? 0 : 8) | (high >> 23 & 1) << 4 | (high >> 15 & 1 ? 0 : 0x20) | (high >> 20 & 1) << 6 : 0x28;
    return copy_to_user(at, &d, sizeof d);
}
