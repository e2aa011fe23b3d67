/* Sets of files that are waited for together: epoll(7). */
#pragma once
#include "file.h"

#define EPOLLEXCLUSIVE 0x10000000u   /* whoever is woken: all are */
#define EPOLLWAKEUP    0x20000000u
#define EPOLLONESHOT   0x40000000u
#define EPOLLET        0x80000000u

/* As the program sees it: 12 bytes. */
struct epoll_event {
    u32 events;
    u64 data;
} __attribute__((packed));

_Static_assert(sizeof(struct epoll_event) == 12, "struct epoll_event");

/** A new set, with one reference; NULL: no memory. */
struct file *epoll_create(u32 flags);
int is_epoll(const struct file *file);
/** Adds a file under the number the program knows it by. -EEXIST, -EPERM: it cannot be waited for, -EINVAL, -ELOOP, -ENOMEM. */
s32 epoll_add(struct file *set, struct file *file, u32 descriptor, const struct epoll_event *event);
s32 epoll_modify(struct file *set, const struct file *file, u32 descriptor, const struct epoll_event *event);
s32 epoll_remove(struct file *set, const struct file *file, u32 descriptor);
/** Up to `most` events to the program's memory, until the deadline (0: only looks). How many, -EINTR, -EFAULT. */
s32 epoll_wait(struct file *set, u32 to, u32 most, u64 deadline);
/** A file that is in some set is about to be closed. */
void epoll_forget(struct file *file);
