/*
 * Sockets of the UNIX domain: streams, datagrams, and packets in sequence. Each has a ring of what has come in; what it sends goes to the ring of its
 * peer. In the rings of datagrams and packets each is preceded by its length and its sender's address.
 * *Not modelled*: other domains (-EAFNOSUPPORT), control messages.
 */
#pragma once
#include "../proc/wait_queue.h"
#include "file.h"
#include "ring.h"

#define SOCK_STREAM    1u
#define SOCK_DGRAM     2u
#define SOCK_SEQPACKET 5u

#define MSG_PEEK     0x02u
#define MSG_TRUNC    0x20u
#define MSG_DONTWAIT 0x40u
#define MSG_WAITALL  0x100u
#define MSG_NOSIGNAL 0x4000u

#define AF_UNIX 1u
#define NAME_MAX 108u

/* struct sockaddr_un, and how long it is: 2 for one without a name. */
struct address {
    u32 length;
    u16 family;
    char name[NAME_MAX];
};

struct socket {
    struct socket *next;           /* of all */
    struct file *file;             /* NULL: nobody has accepted it yet */
    u32 type;
    u8 bound;                      /* it is the one of its address; connections to it have the same */
    u8 listening;
    u8 connected;                  /* stream: there was a peer */
    u8 ended;                      /* no more will come: the peer is gone or will send no more, or shutdown() */
    u8 mute;                       /* it may send no more: shutdown() */
    struct socket *peer;           /* where goes what it sends; NULL: nowhere, any more */
    struct socket *sending_to;     /* datagram: whose room is waited for */
    struct ring in;
    struct wait_queue readable, writable;
    struct socket *first_pending, *next_pending;   /* connections nobody has accepted yet */
    u32 pending, backlog;
    struct inode *inode;           /* it is bound to, in a file system */
    struct address address;
    u32 pid;                       /* who made it, for SO_PEERCRED */
    u32 peer_pid;
};

/* socket.c */
/** A new one and, unless `file` is NULL, an open file for it. NULL: no memory. */
struct socket *socket_create(u32 type, u32 flags, struct file **file);
/** A file for one that has none. NULL: no memory. */
struct file *socket_open(struct socket *socket, u32 flags);
void socket_join(struct socket *a, struct socket *b);
struct socket *socket_of(const struct file *file);
/** Somebody took something out of its ring: who waits to send there goes on. */
void socket_drained(const struct socket *socket);
void socket_shutdown(struct socket *socket, int no_more_in, int no_more_out);
/** For streams and packets, once the queue has a connection; -EAGAIN or a signal's error otherwise. */
s32 socket_accept(struct socket *listener, int nonblock, struct socket **connection);
/** Takes away one that has no file. */
void socket_abandon(struct socket *socket);
/** The one of all sockets that is bound there; NULL: none. */
struct socket *socket_bound(const struct inode *inode, const struct address *address);

/* sys/socket.c: addresses of the program. 0, -EFAULT, -EINVAL. */
s32 address_from_user(u32 at, u32 length, struct address *address);
/** As much of it as there is room for, and how long it is. */
s32 address_to_user(const struct address *address, u32 at, u32 length_at);

/* socket_name.c */
/** -EADDRINUSE, -EINVAL, or what the walk says. */
s32 socket_bind(struct socket *socket, const struct address *address);
/** The socket that is bound there and may be written to. -ECONNREFUSED, -EPROTOTYPE, or what the walk says. */
s32 socket_find(const struct address *address, u32 type, struct socket **found);
s32 socket_connect(struct socket *socket, const struct address *address, int nonblock);

/* socket_data.c */
/** `to` may be NULL: to the peer. */
s32 socket_send(struct socket *socket, struct io *io, const struct address *to, u32 flags);
/** The sender's address in *from, and MSG_TRUNC in *out when a packet was longer than asked for. */
s32 socket_receive(struct socket *socket, struct io *io, u32 flags, struct address *from, u32 *out);
