/* Sockets: what is sent and received. See socket.h for what lies in a ring. */
#include "socket.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../proc/signal.h"
#include "../proc/task.h"

struct header {
    u32 length, address_length;
};

static s32 broken(u32 flags)
{
    if (!(flags & MSG_NOSIGNAL))
        raise_signal(current->process, SIGPIPE);
    return -EPIPE;
}

static s32 send_stream(struct socket *socket, struct io *io, u32 flags)
{
    s32 error = 0;
    if (!socket->connected)
        return -ENOTCONN;
    while (io->left && !error) {
        struct socket *peer = socket->peer;
        if (!peer || socket->mute)
            error = broken(flags);
        else if (ring_room(&peer->in)) {
            error = ring_put(&peer->in, io);
            wake_up(&peer->readable);
        } else
            error = flags & MSG_DONTWAIT ? -EAGAIN : sleep_on(&socket->writable);
    }
    return io->done ? (s32)io->done : error;
}

/* All of it or nothing. */
static s32 put_packet(struct socket *to, struct io *io, const struct address *from)
{
    struct header header = { io->left, from->length > 2 ? from->length : 0 };
    struct ring *ring = &to->in;
    u32 before = ring->count;
    struct io head = io_of_kernel(&header, sizeof header), name = io_of_kernel((void *)&from->family, header.address_length);
    s32 error = ring_put(ring, &head);
    if (!error)
        error = ring_put(ring, &name);
    if (!error)
        error = ring_put(ring, io);
    if (error || head.left || name.left || io->left) {
        ring->count = before;   /* pages beyond stay for the next one */
        return error ? error : -ENOMEM;
    }
    wake_up(&to->readable);
    return (s32)header.length;
}

static s32 send_packet(struct socket *socket, struct io *io, const struct address *to, u32 flags)
{
    u32 size = sizeof(struct header) + socket->address.length + io->left;
    if (io->left > RING_SIZE || size > RING_SIZE)
        return -EMSGSIZE;
    for (;;) {
        struct socket *target = socket->peer;
        s32 error = 0;
        if (socket->mute)
            return broken(flags);
        if (to)
            error = socket_find(to, socket->type, &target);
        else if (!target)
            error = socket->type == SOCK_DGRAM ? (socket->connected ? -ECONNREFUSED : -ENOTCONN) : socket->connected ? broken(flags) : -ENOTCONN;
        if (error)
            return error;
        if (target->ended && socket->type == SOCK_DGRAM)
            return broken(flags);
        if (ring_room(&target->in) >= size)
            return put_packet(target, io, &socket->address);
        if (flags & MSG_DONTWAIT)
            return -EAGAIN;
        socket->sending_to = target;
        error = sleep_on(&socket->writable);
        socket->sending_to = NULL;
        if (error)
            return error;
    }
}

s32 socket_send(struct socket *socket, struct io *io, const struct address *to, u32 flags)
{
    if (socket->type == SOCK_STREAM)
        return to ? (socket->connected ? -EISCONN : -EOPNOTSUPP) : send_stream(socket, io, flags);
    return send_packet(socket, io, socket->type == SOCK_DGRAM ? to : NULL, flags);
}

/* 0: there is something; 1: the end; or -errno. */
static s32 wait_for_data(struct socket *socket, u32 flags)
{
    while (!socket->in.count) {
        if (socket->ended)
            return 1;
        s32 error = flags & MSG_DONTWAIT ? -EAGAIN : sleep_on(&socket->readable);
        if (error)
            return error;
    }
    return 0;
}

static s32 receive_stream(struct socket *socket, struct io *io, u32 flags)
{
    s32 moved = 0;
    do {
        s32 state = wait_for_data(socket, flags);
        if (state)
            return io->done ? (s32)io->done : state < 0 ? state : 0;
        moved = flags & MSG_PEEK ? ring_peek(&socket->in, io) : ring_take(&socket->in, io);
        socket_drained(socket);
    } while (flags & MSG_WAITALL && !(flags & MSG_PEEK) && moved > 0 && io->left);
    return moved;
}

static s32 receive_packet(struct socket *socket, struct io *io, u32 flags, struct address *from, u32 *out)
{
    struct header header;
    s32 state = wait_for_data(socket, flags);
    if (state)
        return state < 0 ? state : 0;
    struct ring *ring = &socket->in;
    struct ring start = *ring;   /* pages stay until they have been passed: so this is where a peek goes back to */
    u8 head[sizeof header + sizeof *from];
    struct io whole = io_of_kernel(head, sizeof head);
    ring_peek(ring, &whole);
    memcpy(&header, head, sizeof header);
    from->length = header.address_length;
    memcpy(&from->family, head + sizeof header, header.address_length);
    u32 before = sizeof header + header.address_length, wanted = io->left < header.length ? io->left : header.length;
    *out = wanted < header.length ? MSG_TRUNC : 0;
    io->left = wanted;
    start.start += before;
    start.count -= before;
    s32 moved = wanted ? ring_peek(&start, io) : 0;
    if (!(flags & MSG_PEEK)) {
        ring_skip(ring, before + header.length);
        socket_drained(socket);
    }
    return moved < 0 ? moved : flags & MSG_TRUNC ? (s32)header.length : moved;
}

s32 socket_receive(struct socket *socket, struct io *io, u32 flags, struct address *from, u32 *out)
{
    *out = 0;
    *from = (struct address){ .length = 0 };
    if (socket->listening || (socket->type != SOCK_DGRAM && !socket->connected))
        return socket->type == SOCK_SEQPACKET ? -ENOTCONN : -EINVAL;
    if (socket->type == SOCK_STREAM)
        return io->left ? receive_stream(socket, io, flags) : 0;
    return receive_packet(socket, io, flags, from, out);
}
