/* Sockets made, joined, closed, waited for. See socket.h. */
#include "socket.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../mm/kmalloc.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "inode_cache.h"
#include "ioctl.h"
#include "pipe.h"
#include "poll.h"

static const struct file_operations socket_operations;
static struct socket *sockets;

struct socket *socket_of(const struct file *file)
{
    return file->operations == &socket_operations ? file->data : NULL;
}

struct file *socket_open(struct socket *socket, u32 flags)
{
    s32 error;
    struct dentry *dentry = nameless("socket", S_IFSOCK | 0777, &socket_operations);
    struct file *file = dentry ? file_open(dentry, O_RDWR | flags, &error) : NULL;
    if (dentry)
        dentry_release(dentry);
    if (file) {
        file->data = socket;
        socket->file = file;
    }
    return file;
}

static void wake(struct socket *socket)
{
    wake_up(&socket->readable);
    wake_up(&socket->writable);
}

/* Whoever sends to it has nobody there any more. */
static void leave(struct socket *gone)
{
    for (struct socket *other = sockets; other; other = other->next) {
        if (other->sending_to == gone)
            other->sending_to = NULL;
        else if (other->peer != gone)
            continue;
        if (other->peer == gone) {
            other->peer = NULL;
            other->ended = other->type != SOCK_DGRAM;
        }
        wake(other);
    }
}

static void destroy(struct socket *socket)
{
    struct socket **link = &sockets;
    while (*link != socket)
        link = &(*link)->next;
    *link = socket->next;
    while (socket->first_pending) {
        struct socket *pending = socket->first_pending;
        socket->first_pending = pending->next_pending;
        destroy(pending);
    }
    leave(socket);
    if (socket->inode)
        inode_release(socket->inode);
    ring_free(&socket->in);
    wait_queue_free(&socket->readable);
    wait_queue_free(&socket->writable);
    kfree(socket);
}

void socket_abandon(struct socket *socket)
{
    destroy(socket);
}

struct socket *socket_create(u32 type, u32 flags, struct file **file)
{
    struct socket *socket = kmalloc(sizeof *socket);
    if (!socket)
        return NULL;
    socket->type = type;
    socket->address = (struct address){ .length = 2, .family = AF_UNIX };
    socket->pid = current->process->pid;
    socket->next = sockets;
    sockets = socket;
    if (file && !(*file = socket_open(socket, flags))) {
        destroy(socket);
        return NULL;
    }
    return socket;
}

void socket_join(struct socket *a, struct socket *b)
{
    a->peer = b;
    b->peer = a;
    a->peer_pid = b->pid;
    b->peer_pid = a->pid;
    a->connected = b->connected = 1;
}

void socket_drained(const struct socket *socket)
{
    for (struct socket *other = sockets; other; other = other->next)
        if (other->peer == socket || other->sending_to == socket)
            wake_up(&other->writable);
}

struct socket *socket_bound(const struct inode *inode, const struct address *address)
{
    for (struct socket *socket = sockets; socket; socket = socket->next)
        if (socket->bound && (inode ? socket->inode == inode : !socket->inode && socket->address.length == address->length &&
                              !memcmp(socket->address.name, address->name, address->length - 2)))
            return socket;
    return NULL;
}

void socket_shutdown(struct socket *socket, int no_more_in, int no_more_out)
{
    struct socket *peer = socket->type == SOCK_DGRAM ? NULL : socket->peer;
    socket->ended |= no_more_in != 0;
    socket->mute |= no_more_out != 0;
    if (peer) {
        peer->mute |= no_more_in != 0;
        peer->ended |= no_more_out != 0;
        wake(peer);
    }
    wake(socket);
}

s32 socket_accept(struct socket *listener, int nonblock, struct socket **connection)
{
    while (!listener->first_pending) {
        if (listener->ended)
            return -EINVAL;
        s32 error = nonblock ? -EAGAIN : sleep_on(&listener->readable);
        if (error)
            return error;
    }
    *connection = listener->first_pending;
    listener->first_pending = (*connection)->next_pending;
    listener->pending--;
    wake_up(&listener->writable);
    return 0;
}

static s32 read(struct file *file, struct io *io, u64 *position)
{
    struct address from;
    u32 out;
    (void)position;
    return io->left ? socket_receive(file->data, io, file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0, &from, &out) : 0;
}

static s32 write(struct file *file, struct io *io, u64 *position)
{
    (void)position;
    return socket_send(file->data, io, NULL, file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0);
}

static u32 poll(struct file *file, struct poll *poll)
{
    struct socket *socket = file->data;
    u32 events = 0;
    poll_wait(poll, &socket->readable);
    poll_wait(poll, &socket->writable);
    if (socket->in.count || socket->first_pending || socket->ended)
        events |= POLLIN | POLLRDNORM;
    if (socket->ended)
        events |= POLLRDHUP;
    if ((socket->ended && socket->mute) || (socket->type != SOCK_DGRAM && socket->connected && !socket->peer) || (socket->type != SOCK_DGRAM && !socket->connected && !socket->listening))
        events |= POLLHUP;
    if (!socket->listening && (!socket->peer || ring_room(&socket->peer->in) >= RING_SIZE / 4))
        events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return events;
}

static s32 ioctl(struct file *file, u32 request, u32 argument)
{
    const struct socket *socket = file->data;
    return request != FIONREAD ? -ENOTTY : socket->listening ? -EINVAL : copy_to_user(argument, &socket->in.count, 4);
}

static void close(struct file *file)
{
    destroy(file->data);
}

static const struct file_operations socket_operations = { .close = close, .read = read, .write = write, .poll = poll, .ioctl = ioctl, .unseekable = 1 };
