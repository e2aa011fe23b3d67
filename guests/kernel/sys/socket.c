/* The system calls on sockets, by themselves and through socketcall, which is how older programs on the i386 reach them. Source: socketcall(2). */
#include "../fs/socket.h"
#include "../errno.h"
#include "../fs/task_files.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "credentials.h"
#include "file_calls.h"

#define SOL_SOCKET 1u
#define BACKLOG_MAX 4096u

enum { SO_DEBUG = 1, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_DONTROUTE, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE, SO_PASSCRED = 16, SO_PEERCRED,
       SO_RCVLOWAT, SO_SNDLOWAT, SO_RCVTIMEO, SO_SNDTIMEO, SO_ACCEPTCONN = 30, SO_PROTOCOL = 38, SO_DOMAIN };

/* The socket behind a descriptor, its file held; NULL and *error. */
static struct socket *hold(u32 descriptor, s32 *error)
{
    struct file *file = file_of_io(descriptor);
    struct socket *socket = file ? socket_of(file) : NULL;
    *error = !file ? -EBADF : !socket ? -ENOTSOCK : 0;
    if (socket)
        file_share(file);
    return socket;
}

static s32 let_go(struct socket *socket, s32 answer)
{
    file_release(socket->file);
    return answer;
}

s32 address_from_user(u32 at, u32 length, struct address *address)
{
    if (length < 2 || length > 2 + NAME_MAX)
        return -EINVAL;
    *address = (struct address){ .length = length };
    if (copy_from_user(&address->family, at, length))
        return -EFAULT;
    if (address->family != AF_UNIX)
        return -EINVAL;
    if (length > 2 && address->name[0])   /* a path ends at its NUL */
        for (u32 i = 0; i < length - 2; i++)
            if (!address->name[i])
                address->length = 2 + i;
    return 0;
}

/* As much of it as there is room for, and how long it is. */
s32 address_to_user(const struct address *address, u32 at, u32 length_at)
{
    s32 room;
    if (!at)
        return 0;
    if (copy_from_user(&room, length_at, 4))
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    u32 part = (u32)room < address->length ? (u32)room : address->length;
    return copy_to_user(at, &address->family, part) || copy_to_user(length_at, &address->length, 4) ? -EFAULT : 0;
}

static s32 check_kind(u32 domain, u32 *type, u32 protocol)
{
    if (*type & ~(15u | O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    *type &= 15;
    if (domain != AF_UNIX)
        return -EAFNOSUPPORT;
    if (protocol > 1)
        return -EPROTONOSUPPORT;
    if (*type == 3)   /* SOCK_RAW */
        *type = SOCK_DGRAM;
    return *type == SOCK_STREAM || *type == SOCK_DGRAM || *type == SOCK_SEQPACKET ? 0 : -ESOCKTNOSUPPORT;
}

s32 sys_socket(u32 domain, u32 type, u32 protocol)
{
    struct file *file;
    u32 flags = type;
    s32 error = check_kind(domain, &type, protocol);
    if (!error && !socket_create(type, flags & O_NONBLOCK, &file))
        error = -ENOMEM;
    return error ? error : descriptor_add(file, 0, flags & O_CLOEXEC);
}

s32 sys_socketpair(u32 domain, u32 type, u32 protocol, u32 to)
{
    struct file *files[2];
    u32 flags = type;
    s32 ends[2] = { -1, -1 }, error = check_kind(domain, &type, protocol);
    struct socket *a = error ? NULL : socket_create(type, flags & O_NONBLOCK, &files[0]);
    struct socket *b = a ? socket_create(type, flags & O_NONBLOCK, &files[1]) : NULL;
    if (!b) {
        if (a)
            file_release(files[0]);
        return error ? error : -ENOMEM;
    }
    socket_join(a, b);
    for (u32 i = 0; i < 2; i++) {
        ends[i] = error ? error : descriptor_add(files[i], 0, flags & O_CLOEXEC);
        if (error)
            file_release(files[i]);
        else if (ends[i] < 0)
            error = ends[i];
    }
    if (!error)
        error = copy_to_user(to, ends, sizeof ends);
    for (u32 i = 0; i < 2 && error; i++)
        if (ends[i] >= 0)
            descriptor_close((u32)ends[i]);
    return error;
}

s32 sys_bind(u32 descriptor, u32 at, u32 length)
{
    struct address address;
    s32 error;
    struct socket *socket = hold(descriptor, &error);
    if (!socket)
        return error;
    error = address_from_user(at, length, &address);
    return let_go(socket, error ? error : socket_bind(socket, &address));
}

s32 sys_connect(u32 descriptor, u32 at, u32 length)
{
    struct address address;
    s32 error;
    struct socket *socket = hold(descriptor, &error);
    if (!socket)
        return error;
    error = address_from_user(at, length, &address);
    if (!error && address.length == 2)
        error = -EINVAL;
    return let_go(socket, error ? error : socket_connect(socket, &address, (socket->file->flags & O_NONBLOCK) != 0));
}

s32 sys_listen(u32 descriptor, u32 backlog)
{
    s32 error;
    struct socket *socket = hold(descriptor, &error);
    if (!socket)
        return error;
    if (socket->type == SOCK_DGRAM)
        return let_go(socket, -EOPNOTSUPP);
    if (socket->address.length == 2 || socket->connected)
        return let_go(socket, -EINVAL);
    socket->listening = 1;
    socket->backlog = backlog < BACKLOG_MAX ? backlog : BACKLOG_MAX;
    wake_up(&socket->writable);
    return let_go(socket, 0);
}

s32 sys_accept4(u32 descriptor, u32 at, u32 length_at, u32 flags)
{
    struct socket *connection = NULL;
    struct file *file;
    s32 error;
    if (flags & ~(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    struct socket *socket = hold(descriptor, &error);
    if (!socket)
        return error;
    error = socket->type == SOCK_DGRAM ? -EOPNOTSUPP : !socket->listening ? -EINVAL : socket_accept(socket, (socket->file->flags & O_NONBLOCK) != 0, &connection);
    if (error)
        return let_go(socket, error);
    file = socket_open(connection, flags & O_NONBLOCK);
    if (!file) {
        socket_abandon(connection);
        return let_go(socket, -ENOMEM);
    }
    struct address peer = { .length = 2, .family = AF_UNIX };
    error = address_to_user(connection->peer ? &connection->peer->address : &peer, at, length_at);
    if (error) {
        file_release(file);
        return let_go(socket, error);
    }
    return let_go(socket, descriptor_add(file, 0, flags & O_CLOEXEC));
}

s32 sys_shutdown(u32 descriptor, u32 how)
{
    s32 error;
    struct socket *socket = hold(descriptor, &error);
    if (!socket)
        return error;
    if (how > 2)
        return let_go(socket, -EINVAL);
    if (socket->type != SOCK_DGRAM && !socket->connected && !socket->listening)
        return let_go(socket, -ENOTCONN);
    socket_shutdown(socket, how != 1, how != 0);
    return let_go(socket, 0);
}

static s32 name_of(u32 descriptor, u32 at, u32 length_at, int peer)
{
    static const struct address nameless = { .length = 2, .family = AF_UNIX };
    s32 error;
    struct socket *socket = hold(descriptor, &error);
    if (!socket)
        return error;
    if (peer && !socket->peer)
        return let_go(socket, -ENOTCONN);
    const struct address *address = peer ? &socket->peer->address : &socket->address;
    return let_go(socket, address_to_user(address->length ? address : &nameless, at, length_at));
}

s32 sys_getsockname(u32 descriptor, u32 at, u32 length_at)
{
    return name_of(descriptor, at, length_at, 0);
}

s32 sys_getpeername(u32 descriptor, u32 at, u32 length_at)
{
    return name_of(descriptor, at, length_at, 1);
}

static s32 option(const struct socket *socket, u32 name, u32 value[3], u32 *size)
{
    *size = 4;
    value[0] = 0;
    switch (name) {
    case SO_TYPE: value[0] = socket->type; return 0;
    case SO_DOMAIN: value[0] = AF_UNIX; return 0;
    case SO_ACCEPTCONN: value[0] = socket->listening; return 0;
    case SO_SNDBUF: case SO_RCVBUF: value[0] = RING_SIZE; return 0;
    case SO_RCVLOWAT: case SO_SNDLOWAT: value[0] = 1; return 0;
    case SO_ERROR: case SO_PROTOCOL: case SO_DEBUG: case SO_REUSEADDR: case SO_DONTROUTE: case SO_BROADCAST: case SO_KEEPALIVE: case SO_PASSCRED: return 0;
    case SO_RCVTIMEO: case SO_SNDTIMEO: value[1] = 0; *size = 8; return 0;
    case SO_PEERCRED:
        value[0] = socket->connected ? socket->peer_pid : 0;
        value[1] = value[2] = socket->connected ? USER_ID : ~0u;
        *size = 12;
        return 0;
    default: return -ENOPROTOOPT;
    }
}

s32 sys_getsockopt(u32 descriptor, u32 level, u32 name, u32 to, u32 size_at)
{
    u32 value[3], size;
    s32 error, room;
    struct socket *socket = hold(descriptor, &error);
    if (!socket)
        return error;
    error = level != SOL_SOCKET ? -EOPNOTSUPP : copy_from_user(&room, size_at, 4) ? -EFAULT : room < 0 ? -EINVAL : option(socket, name, value, &size);
    if (!error) {
        size = (u32)room < size ? (u32)room : size;
        error = copy_to_user(to, value, size) || copy_to_user(size_at, &size, 4) ? -EFAULT : 0;
    }
    return let_go(socket, error);
}

/* What can be set changes nothing here; a limit of time is not kept, and says so. */
s32 sys_setsockopt(u32 descriptor, u32 level, u32 name, u32 from, u32 size)
{
    u32 value, kept[3], length;
    s32 error;
    struct socket *socket = hold(descriptor, &error);
    if (!socket)
        return error;
    error = level != SOL_SOCKET ? -EOPNOTSUPP : size < 4 ? -EINVAL : copy_from_user(&value, from, 4) ? -EFAULT : option(socket, name, kept, &length);
    if (!error && (name == SO_TYPE || name == SO_DOMAIN || name == SO_ERROR || name == SO_PROTOCOL || name == SO_ACCEPTCONN || name == SO_PEERCRED))
        error = -ENOPROTOOPT;
    if (!error && (name == SO_RCVTIMEO || name == SO_SNDTIMEO || (name == SO_PASSCRED && value)))
        error = -EOPNOTSUPP;
    return let_go(socket, error);
}
