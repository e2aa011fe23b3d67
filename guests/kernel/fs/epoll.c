/*
 * A set is a list of items, one a file and number. Each item is in the wait queues of its file; when one of them is woken, it is listed, behind those
 * that are already. A wait looks at what is listed: what is not ready goes off the list, what is told of goes to its end, or off it with EPOLLET.
 * A set may be in another one, but not that in a third: so no wake-up and no look goes further than all items of all items.
 * *Not modelled*: EPOLLEXCLUSIVE wakes all; Linux nests five deep.
 */
#include "epoll.h"
#include "../errno.h"
#include "../mm/kmalloc.h"
#include "../mm/user.h"
#include "../proc/wait_queue.h"
#include "pipe.h"
#include "poll.h"

#define QUEUES 2u      /* a file has one for readers and one for writers at most */
#define ALWAYS (POLLERR | POLLHUP)

struct item {
    struct item *next;            /* in its set */
    struct item *next_of_file;    /* of the same file, in all sets */
    struct set *set;
    struct file *file;
    u32 descriptor;
    struct epoll_event event;
    u8 listed, off;               /* off: EPOLLONESHOT has been told */
    u32 queues;
    struct waiter waiters[QUEUES];
};

struct set {
    struct item *first, *last;
    struct wait_queue changed;
};

struct registration {
    struct poll poll;   /* first: the two have one address */
    struct item *item;
};

static const struct file_operations set_operations;

int is_epoll(const struct file *file)
{
    return file->operations == &set_operations;
}

static u32 ready(const struct item *item)
{
    struct poll look = { .registering = 0 };
    return item->off ? 0 : poll_file(item->file, &look) & (item->event.events | ALWAYS);
}

static void append(struct set *set, struct item *item)
{
    item->next = NULL;
    *(set->first ? &set->last->next : &set->first) = item;
    set->last = item;
}

static void unlink(struct set *set, struct item *item)
{
    struct item *before = NULL, *at = set->first;
    for (; at != item; at = at->next)
        before = at;
    *(before ? &before->next : &set->first) = item->next;
    if (set->last == item)
        set->last = before;
}

static void list(struct item *item)
{
    if (item->listed)
        return;
    item->listed = 1;
    unlink(item->set, item);
    append(item->set, item);
}

static void woken(struct waiter *waiter)
{
    struct item *item = (struct item *)waiter->task;
    list(item);
    wake_up(&item->set->changed);
}

static void watch(struct poll *poll, struct wait_queue *queue)
{
    struct item *item = ((struct registration *)poll)->item;
    if (item->queues == QUEUES)
        return;
    struct waiter *waiter = &item->waiters[item->queues++];
    wait_begin(queue, waiter);
    waiter->task = (struct task *)item;
    waiter->woken = woken;
}

static void destroy(struct item *item)
{
    struct item **link = &item->file->watched;
    while (*link != item)
        link = &(*link)->next_of_file;
    *link = item->next_of_file;
    while (item->queues)
        wait_end(&item->waiters[--item->queues]);
    unlink(item->set, item);
    kfree(item);
}

void epoll_forget(struct file *file)
{
    while (file->watched)
        destroy(file->watched);
}

static struct item *find(const struct set *set, const struct file *file, u32 descriptor)
{
    struct item *item = set->first;
    while (item && (item->file != file || item->descriptor != descriptor))
        item = item->next;
    return item;
}

static int has_sets(const struct set *set)
{
    const struct item *item = set->first;
    while (item && !is_epoll(item->file))
        item = item->next;
    return item != NULL;
}

s32 epoll_add(struct file *set_file, struct file *file, u32 descriptor, const struct epoll_event *event)
{
    struct set *set = set_file->data;
    if (!file->operations->poll)
        return -EPERM;
    if (is_epoll(file) && (set_file->watched || has_sets(file->data)))
        return -ELOOP;
    if (find(set, file, descriptor))
        return -EEXIST;
    struct item *item = kmalloc(sizeof *item);
    if (!item)
        return -ENOMEM;
    *item = (struct item){ .next_of_file = file->watched, .set = set, .file = file, .descriptor = descriptor, .event = *event };
    file->watched = item;
    append(set, item);
    struct registration registration = { .poll = { .registering = 1, .watch = watch }, .item = item };
    if (poll_file(file, &registration.poll) & (event->events | ALWAYS)) {
        list(item);
        wake_up(&set->changed);
    }
    return 0;
}

s32 epoll_modify(struct file *set_file, const struct file *file, u32 descriptor, const struct epoll_event *event)
{
    struct set *set = set_file->data;
    struct item *item = find(set, file, descriptor);
    if (!item)
        return -ENOENT;
    item->event = *event;
    item->off = 0;
    if (ready(item)) {
        list(item);
        wake_up(&set->changed);
    }
    return 0;
}

s32 epoll_remove(struct file *set, const struct file *file, u32 descriptor)
{
    struct item *item = find(set->data, file, descriptor);
    if (!item)
        return -ENOENT;
    destroy(item);
    return 0;
}

struct round {
    struct file *file;
    u32 to, most;
};

static s32 look(void *data, struct poll *poll)
{
    const struct round *round = data;
    struct set *set = round->file->data;
    struct item *last = set->last, *next;
    u32 told = 0;
    poll_wait(poll, &set->changed);
    for (struct item *item = set->first; item && told < round->most; item = next) {
        next = item == last ? NULL : item->next;
        u32 events = item->listed ? ready(item) : 0;
        if (!events) {
            item->listed = 0;
            continue;
        }
        struct epoll_event event = { events, item->event.data };
        if (copy_to_user(round->to + told * sizeof event, &event, sizeof event))
            return told ? (s32)told : -EFAULT;
        told++;
        item->off = (item->event.events & EPOLLONESHOT) != 0;
        item->listed = !item->off && !(item->event.events & EPOLLET);
        unlink(set, item);
        append(set, item);
    }
    return (s32)told;
}

s32 epoll_wait(struct file *set, u32 to, u32 most, u64 deadline)
{
    struct round round = { set, to, most };
    file_share(set);
    s32 answer = poll_until(look, &round, deadline);
    file_release(set);
    return answer;
}

static u32 set_poll(struct file *file, struct poll *poll)
{
    struct set *set = file->data;
    poll_wait(poll, &set->changed);
    for (const struct item *item = set->first; item; item = item->next)
        if (item->listed && ready(item))
            return POLLIN | POLLRDNORM;
    return 0;
}

static void set_close(struct file *file)
{
    struct set *set = file->data;
    while (set->first)
        destroy(set->first);
    wait_queue_free(&set->changed);
    kfree(set);
}

static const struct file_operations set_operations = { .close = set_close, .poll = set_poll, .unseekable = 1 };

struct file *epoll_create(u32 flags)
{
    struct set *set = kmalloc(sizeof *set);
    struct file *file = set ? anonymous_file("[eventpoll]", &set_operations, flags, set) : NULL;
    if (!file)
        kfree(set);
    return file;
}
