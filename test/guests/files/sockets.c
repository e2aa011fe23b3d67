/* Sockets of the UNIX domain. */
#include "rows.h"
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static int s[2];
static char b[100000];

static struct sockaddr_un name(const char *path) {
  struct sockaddr_un a = { AF_UNIX };
  strcpy(a.sun_path, path);
  return a;
}

static int bind_to(int fd, const char *path) {
  struct sockaddr_un a = name(path);
  return bind(fd, (void *)&a, offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
}

static int connect_to(int fd, const char *path) {
  struct sockaddr_un a = name(path);
  return connect(fd, (void *)&a, sizeof a);
}

/* The name that getsockname or getpeername gives. */
static int told(int fd, int (*ask)(int, struct sockaddr *, socklen_t *)) {
  struct sockaddr_un a;
  socklen_t length = sizeof a;
  memset(&a, 'x', sizeof a);
  int error = ask(fd, (void *)&a, &length);
  if (error) return error;
  printf("  %d [%.*s]\n", length, length > 2 ? (int)length - 2 : 0, a.sun_path);
  return 0;
}

static int option(int fd, int number) {
  int value = -5;
  socklen_t size = sizeof value;
  int error = getsockopt(fd, SOL_SOCKET, number, &value, &size);
  return error ? error : value * 10 + size;
}

static int ready(int fd) {
  struct pollfd p = { fd, POLLIN | POLLOUT | POLLRDHUP };
  poll(&p, 1, 0);
  return p.revents & (POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR);
}

static int got(int fd, int count, int flags) {
  memset(b, 0, 20);
  int n = recv(fd, b, count, flags);
  if (n >= 0) printf("  [%.20s]\n", b);
  return n;
}

static void streams(void) {
  struct iovec parts[2] = { { "ab", 2 }, { "cde", 3 } };
  struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
  int on = 1, waiting;
  ROW(socketpair(AF_UNIX, SOCK_STREAM, 99, s));
  ROW(socketpair(AF_UNIX, 77, 0, s));
  ROW(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s));
  ROW(fcntl(s[0], F_GETFD));
  ROW(ready(s[0]));
  ROW(write(s[0], "hello", 5));
  ROW((ioctl(s[1], FIONREAD, &waiting), waiting));
  ROW(ready(s[1]));
  ROW(got(s[1], 3, MSG_PEEK));
  ROW(got(s[1], 3, 0));
  ROW(got(s[1], 10, 0));
  ROW(got(s[1], 10, MSG_DONTWAIT));
  ROW(sendmsg(s[1], &message, 0));
  ROW(read(s[0], b, 100));
  ROW(lseek(s[0], 0, SEEK_CUR));
  ROW(told(s[0], getsockname));
  ROW(told(s[0], getpeername));
  ROW(option(s[0], SO_TYPE));
  ROW(option(s[0], SO_DOMAIN));
  ROW(option(s[0], SO_ERROR));
  ROW(option(s[0], SO_ACCEPTCONN));
  ROW(option(s[0], 999));
  ROW(setsockopt(s[0], SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  ROW(setsockopt(s[0], SOL_SOCKET, SO_TYPE, &on, sizeof on));
  ROW(setsockopt(s[0], SOL_SOCKET, SO_REUSEADDR, &on, 1));
  ROW(connect_to(s[0], "nobody"));
  ROW(send(s[0], "x", 1, 0));
  ROW(shutdown(s[0], SHUT_WR));
  signal(SIGPIPE, SIG_IGN);
  ROW(write(s[0], "y", 1));
  ROW(got(s[1], 10, 0));
  ROW(got(s[1], 10, 0));
  ROW(ready(s[1]));
  ROW(ready(s[0]));
  ROW(write(s[1], "z", 1));
  ROW(shutdown(s[0], 9));
  ROW(close(s[1]));
  ROW(ready(s[0]));
  ROW(got(s[0], 10, 0));
  ROW(got(s[0], 10, 0));
  ROW(close(s[0]));
  ROW(recv(open("/dev/null", O_RDONLY), b, 1, 0));
  ROW(recv(99, b, 1, 0));
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  if (!fork()) {
    close(s[0]);
    for (int i = 0; i < 50; i++) write(s[1], b, 10000);
    _exit(0);
  }
  close(s[1]);
  int sum = 0, n;
  while ((n = read(s[0], b, 7777)) > 0) sum += n;
  ROW(sum);
  wait(NULL);
  close(s[0]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  if (!fork()) {
    for (int i = 0; i < 3; i++) {
      usleep(3000);
      write(s[1], "abc", 3);
    }
    _exit(0);
  }
  ROW(got(s[0], 9, MSG_WAITALL));
  wait(NULL);
  close(s[0]);
  ROW(send(s[1], "x", 1, MSG_NOSIGNAL));
  close(s[1]);
}

static void packets(int type) {
  ROW(socketpair(AF_UNIX, type, 0, s));
  ROW(send(s[0], "one", 3, 0));
  ROW(send(s[0], "second", 6, 0));
  ROW(send(s[0], "", 0, 0));
  ROW(send(s[0], "last", 4, 0));
  ROW(got(s[1], 2, MSG_PEEK));
  ROW(got(s[1], 20, 0));
  ROW(got(s[1], 2, MSG_TRUNC));
  ROW(got(s[1], 20, 0));
  ROW(got(s[1], 20, 0));
  ROW(got(s[1], 20, MSG_DONTWAIT));
  ROW(ready(s[0]));
  ROW(close(s[1]));
  ROW(ready(s[0]));
  ROW(send(s[0], "x", 1, MSG_NOSIGNAL));
  ROW(got(s[0], 20, MSG_DONTWAIT));
  ROW(close(s[0]));
}

static void names(void) {
  struct stat st;
  struct sockaddr_un from;
  socklen_t length = sizeof from;
  int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0), server;
  ROW(socket(AF_UNIX, 77, 0));
  ROW(listen(listener, 5));
  ROW(bind_to(listener, "nowhere/s"));
  ROW(bind_to(listener, "s"));
  ROW(bind_to(listener, "t"));
  ROW(bind_to(client, "s"));
  ROW((stat("s", &st), (st.st_mode & S_IFMT) == S_IFSOCK));
  ROW(open("s", O_RDWR));
  ROW(connect_to(client, "s"));
  ROW(connect_to(client, "absent"));
  ROW(accept(listener, 0, 0));
  ROW(ready(client));
  ROW(listen(listener, 5));
  ROW(ready(listener));
  ROW(option(listener, SO_ACCEPTCONN));
  ROW(connect_to(client, "s"));
  ROW(connect_to(client, "s"));
  ROW(ready(listener));
  ROW(write(client, "early", 5));
  OPENS(server = accept(listener, (void *)&from, &length));
  ROW(length);
  ROW(got(server, 10, 0));
  ROW(told(server, getsockname));
  ROW(told(client, getpeername));
  ROW(told(server, getpeername));
  ROW(recv(listener, b, 1, 0));
  ROW(write(listener, b, 1));
  ROW(fcntl(listener, F_SETFL, O_NONBLOCK));
  ROW(accept(listener, 0, 0));
  ROW(write(server, "answer", 6));
  ROW(close(server));
  ROW(got(client, 20, 0));
  ROW(got(client, 20, 0));
  ROW(close(client));
  ROW(close(listener));
  client = socket(AF_UNIX, SOCK_STREAM, 0);
  ROW(connect_to(client, "s"));
  ROW(unlink("s"));
  ROW(connect_to(client, "s"));
  ROW(send(client, "x", 1, 0));
  ROW(got(client, 1, 0));
  close(client);
}

static void datagrams(void) {
  struct sockaddr_un to = name("receiver"), from;
  socklen_t length = sizeof from;
  int receiver = socket(AF_UNIX, SOCK_DGRAM, 0), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
  ROW(sendto(sender, "a", 1, 0, (void *)&to, sizeof to));
  ROW(bind_to(receiver, "receiver"));
  ROW(send(sender, "b", 1, 0));
  ROW(sendto(sender, "c", 1, 0, (void *)&to, sizeof to));
  ROW(recvfrom(receiver, b, 10, 0, (void *)&from, &length));
  ROW(length);
  ROW(bind_to(sender, "sender"));
  ROW(connect_to(sender, "receiver"));
  ROW(send(sender, "de", 2, 0));
  length = sizeof from;
  ROW(recvfrom(receiver, b, 10, 0, (void *)&from, &length));
  ROW(length);
  printf("%s\n", from.sun_path);
  ROW(listen(sender, 1));
  ROW(accept(sender, 0, 0));
  int stream = socket(AF_UNIX, SOCK_STREAM, 0);
  ROW(connect_to(stream, "receiver"));
  ROW(close(receiver));
  ROW(send(sender, "f", 1, 0));
  close(sender);
  close(stream);
  unlink("sender");
  unlink("receiver");
}

/* A server of three clients, each a process. */
static void served(void) {
  struct sockaddr_un a = { AF_UNIX, "\0abstract" };
  int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0), set = epoll_create1(0), sum = 0, ended = 0;
  struct epoll_event event = { EPOLLIN, { .fd = listener } };
  ROW(bind(listener, (void *)&a, 11));
  ROW(listen(listener, 1));
  epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
  for (int i = 1; i <= 3; i++)
    if (!fork()) {
      int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), n = i;
      if (connect(fd, (void *)&a, 11)) _exit(1);
      for (int j = 0; j < 10; j++) {
        write(fd, &n, 4);
        read(fd, &n, 4);
      }
      _exit(n == i + 10 ? 0 : 2);
    }
  while (ended < 3) {
    epoll_wait(set, &event, 1, -1);
    int fd = event.data.fd, n;
    if (fd == listener) {
      event.data.fd = accept(listener, 0, 0);
      epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event);
    } else if (read(fd, &n, 4) == 4) {
      sum += n++;
      write(fd, &n, 4);
    } else {
      close(fd);
      ended++;
    }
  }
  ROW(sum);
  for (int i = 0, status; i < 3; i++) ROW((wait(&status), status));
}

int main(int argc, char **argv) {
  mkdir(argv[1], 0755);
  chdir(argv[1]);
  streams();
  packets(SOCK_DGRAM);
  packets(SOCK_SEQPACKET);
  names();
  datagrams();
  served();
  return 0;
}
