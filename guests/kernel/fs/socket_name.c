/* Names of sockets: files of their own type, and abstract ones, whose first byte is 0 and which are nowhere but here. */
#include "socket.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../proc/task.h"
#include "inode_cache.h"
#include "names.h"
#include "permission.h"
#include "task_files.h"

static int is_abstract(const struct address *address)
{
    return address->length > 2 && !address->name[0];
}

/* The path, ended by a NUL whether the program has put one there or not. */
static void path_of(const struct address *address, char path[NAME_MAX + 1])
{
    memcpy(path, address->name, address->length - 2);
    path[address->length - 2] = 0;
}

static s32 make_file(struct socket *socket, struct address *address)
{
    struct walk walk;
    struct dentry *made;
    char path[NAME_MAX + 1];
    path_of(address, path);
    s32 error = walk_path(NULL, path, WALK_PARENT, &walk);
    if (error)
        return error;
    error = names_create(&walk, S_IFSOCK | 0777, 0, &made);
    walk_end(&walk);
    if (error)
        return error == -EEXIST ? -EADDRINUSE : error;
    socket->inode = inode_share(made->inode);
    dentry_release(made);
    address->length = 2 + strlen(path) + 1;
    memcpy(address->name, path, address->length - 2 < NAME_MAX ? address->length - 2 : NAME_MAX);
    return 0;
}

s32 socket_bind(struct socket *socket, const struct address *wanted)
{
    static u32 last;
    struct address address = *wanted;
    if (socket->address.length > 2)
        return -EINVAL;
    if (address.length == 2) {   /* any: five hexadecimal digits */
        do {
            last = (last + 1) & 0xfffff;
            for (u32 i = 0; i < 5; i++)
                address.name[i + 1] = "0123456789abcdef"[last >> (16 - 4 * i) & 15];
            address.name[0] = 0;
            address.length = 2 + 6;
        } while (socket_bound(NULL, &address));
    }
    s32 error = !is_abstract(&address) ? make_file(socket, &address) : socket_bound(NULL, &address) ? -EADDRINUSE : 0;
    if (error)
        return error;
    socket->address = address;
    socket->bound = 1;
    return 0;
}

s32 socket_find(const struct address *address, u32 type, struct socket **found)
{
    struct walk walk;
    char path[NAME_MAX + 1];
    s32 error = 0;
    if (is_abstract(address))
        *found = socket_bound(NULL, address);
    else {
        path_of(address, path);
        error = walk_path(NULL, path, WALK_FOLLOW, &walk);
        if (error)
            return error;
        error = permission(walk.found->inode, MAY_WRITE);
        *found = (walk.found->inode->mode & S_IFMT) == S_IFSOCK ? socket_bound(walk.found->inode, NULL) : NULL;
        walk_end(&walk);
    }
    if (error)
        return error;
    return !*found ? -ECONNREFUSED : (*found)->type != type ? -EPROTOTYPE : 0;
}

/* A connection is there before anybody has accepted it: what is sent meanwhile waits. */
s32 socket_connect(struct socket *socket, const struct address *address, int nonblock)
{
    struct socket *listener;
    for (;;) {
        s32 error = socket_find(address, socket->type, &listener);
        if (error)
            return error;
        if (socket->type == SOCK_DGRAM) {
            socket->peer = listener;
            socket->connected = 1;
            return 0;
        }
        if (!listener->listening || listener->ended)
            return -ECONNREFUSED;
        if (socket->connected || socket->listening)
            return socket->connected ? -EISCONN : -EINVAL;
        if (listener->pending <= listener->backlog)
            break;
        struct waiter waiter;
        wait_begin(&listener->writable, &waiter);
        error = nonblock ? -EAGAIN : sleep_until(FOREVER);
        wait_end(&waiter);
        if (error)
            return error;
    }
    struct socket *other = socket_create(socket->type, 0, NULL), **link = &listener->first_pending;
    if (!other)
        return -ENOMEM;
    other->pid = listener->pid;
    other->address = listener->address;
    socket_join(socket, other);
    while (*link)
        link = &(*link)->next_pending;
    *link = other;
    listener->pending++;
    wake_up(&listener->readable);
    return 0;
}
