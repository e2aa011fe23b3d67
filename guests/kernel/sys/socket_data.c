/* send, sendto, sendmsg, recv, recvfrom, recvmsg, and socketcall over all calls on sockets. */
#include "../fs/socket.h"
#include "../errno.h"
#include "../fs/task_files.h"
#include "../mm/user.h"
#include "file_calls.h"

#define ASIDE (MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL)

/* struct msghdr */
struct message {
    u32 name, name_length, vector, pieces, control, control_length, flags;
};

static s32 send_to(u32 descriptor, struct io *io, const struct address *to, u32 flags)
{
    struct file *file = file_of_io(descriptor);
    struct socket *socket = file ? socket_of(file) : NULL;
    if (!socket)
        return file ? -ENOTSOCK : -EBADF;
    file_share(file);
    s32 answer = socket_send(socket, io, to, (flags & ASIDE) | (file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0));
    file_release(file);
    return answer;
}

static s32 receive_from(u32 descriptor, struct io *io, u32 flags, struct address *from, u32 *out)
{
    struct file *file = file_of_io(descriptor);
    struct socket *socket = file ? socket_of(file) : NULL;
    if (!socket)
        return file ? -ENOTSOCK : -EBADF;
    file_share(file);
    s32 answer = socket_receive(socket, io, (flags & ASIDE) | (file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0), from, out);
    file_release(file);
    return answer;
}

s32 sys_sendto(u32 descriptor, u32 buffer, u32 count, u32 flags, u32 at, u32 length)
{
    struct address address;
    struct io io = io_of_user(buffer, count);
    s32 error = at ? address_from_user(at, length, &address) : 0;
    return error ? error : send_to(descriptor, &io, at ? &address : NULL, flags);
}

s32 sys_send(u32 descriptor, u32 buffer, u32 count, u32 flags)
{
    return sys_sendto(descriptor, buffer, count, flags, 0, 0);
}

s32 sys_sendmsg(u32 descriptor, u32 at, u32 flags)
{
    struct message message;
    struct address address;
    struct io io;
    if (copy_from_user(&message, at, sizeof message))
        return -EFAULT;
    s32 error = io_of_vector(message.vector, message.pieces, &io);
    if (!error && message.control_length)
        error = -EOPNOTSUPP;
    int named = message.name && message.name_length;
    if (!error && named)
        error = address_from_user(message.name, message.name_length, &address);
    return error ? error : send_to(descriptor, &io, named ? &address : NULL, flags);
}

s32 sys_recvfrom(u32 descriptor, u32 buffer, u32 count, u32 flags, u32 at, u32 length_at)
{
    struct address from;
    u32 out;
    struct io io = io_of_user(buffer, count);
    s32 got = receive_from(descriptor, &io, flags, &from, &out);
    s32 error = got >= 0 && at ? address_to_user(&from, at, length_at) : 0;
    return error ? error : got;
}

s32 sys_recv(u32 descriptor, u32 buffer, u32 count, u32 flags)
{
    return sys_recvfrom(descriptor, buffer, count, flags, 0, 0);
}

s32 sys_recvmsg(u32 descriptor, u32 at, u32 flags)
{
    struct message message;
    struct address from;
    struct io io;
    u32 out = 0;
    if (copy_from_user(&message, at, sizeof message))
        return -EFAULT;
    s32 got = io_of_vector(message.vector, message.pieces, &io);
    if (got)
        return got;
    got = receive_from(descriptor, &io, flags, &from, &out);
    if (got < 0)
        return got;
    s32 error = message.name ? address_to_user(&from, message.name, at + 4) : 0;
    u32 nothing = 0;
    if (!error && (copy_to_user(at + 20, &nothing, 4) || copy_to_user(at + 24, &out, 4)))
        error = -EFAULT;
    return error ? error : got;
}

s32 sys_socketcall(u32 which, u32 arguments)
{
    static const u8 counts[] = { 0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4 };
    u32 a[6] = { 0 };
    if (!which || which >= sizeof counts)
        return -EINVAL;
    if (copy_from_user(a, arguments, counts[which] * 4))
        return -EFAULT;
    switch (which) {
    case 1: return sys_socket(a[0], a[1], a[2]);
    case 2: return sys_bind(a[0], a[1], a[2]);
    case 3: return sys_connect(a[0], a[1], a[2]);
    case 4: return sys_listen(a[0], a[1]);
    case 5: return sys_accept4(a[0], a[1], a[2], 0);
    case 6: return sys_getsockname(a[0], a[1], a[2]);
    case 7: return sys_getpeername(a[0], a[1], a[2]);
    case 8: return sys_socketpair(a[0], a[1], a[2], a[3]);
    case 9: return sys_send(a[0], a[1], a[2], a[3]);
    case 10: return sys_recv(a[0], a[1], a[2], a[3]);
    case 11: return sys_sendto(a[0], a[1], a[2], a[3], a[4], a[5]);
    case 12: return sys_recvfrom(a[0], a[1], a[2], a[3], a[4], a[5]);
    case 13: return sys_shutdown(a[0], a[1]);
    case 14: return sys_setsockopt(a[0], a[1], a[2], a[3], a[4]);
    case 15: return sys_getsockopt(a[0], a[1], a[2], a[3], a[4]);
    case 16: return sys_sendmsg(a[0], a[1], a[2]);
    case 17: return sys_recvmsg(a[0], a[1], a[2]);
    default: return sys_accept4(a[0], a[1], a[2], a[3]);
    }
}
