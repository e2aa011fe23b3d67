/*
 * argv[1] children that open, join, watch and close pipes, sockets, sets of epoll, timers and counters at random, and end in the middle of it. Says how
 * much free memory, in KiB, has not come back.
 */
#include "rows.h"
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static char b[70000];
static unsigned seed;

static unsigned below(unsigned n) {
  seed = seed * 1664525 + 1013904223;
  return (seed >> 10) % n;
}

static int any(void) { return 3 + below(20); }

static long free_memory(void) {
  char text[4096] = "";
  int fd = open("/proc/meminfo", O_RDONLY);
  read(fd, text, sizeof text - 1);
  close(fd);
  return atol(strstr(text, "MemFree:") + 8);
}

/* One of four files, or one of four abstract names. */
static int name(struct sockaddr_un *a) {
  a->sun_family = AF_UNIX;
  if (below(2)) return 2 + sprintf(a->sun_path, "/tmp/n%d", below(4)) + 1;
  a->sun_path[0] = 0;
  return 2 + 1 + sprintf(a->sun_path + 1, "n%d", below(4));
}

static void act(void) {
  static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
  struct sockaddr_un a;
  int length = name(&a), ends[2], type = types[below(3)] | (below(4) ? SOCK_NONBLOCK : 0);
  struct epoll_event event = { EPOLLIN | (below(4) ? EPOLLOUT : 0) | (below(3) ? 0 : EPOLLET) | (below(4) ? 0 : EPOLLONESHOT) }, events[5];
  struct itimerspec time = { { 0, below(2) ? 100000 : 0 }, { 0, below(1000000) } };
  struct pollfd several[3] = { { any(), POLLIN }, { any(), POLLOUT }, { any(), POLLIN | POLLOUT } };
  switch (below(20)) {
  case 0: socketpair(AF_UNIX, type, 0, ends); break;
  case 1: socket(AF_UNIX, type, 0); break;
  case 2: bind(any(), (void *)&a, length); break;
  case 3: listen(any(), below(3)); break;
  case 4: connect(any(), (void *)&a, length); break;
  case 5: accept4(any(), 0, 0, SOCK_NONBLOCK); break;
  case 6: case 7: send(any(), b, below(9) ? below(3000) : below(sizeof b), MSG_DONTWAIT | MSG_NOSIGNAL); break;
  case 8: case 9: recv(any(), b, below(sizeof b), MSG_DONTWAIT | (below(3) ? 0 : MSG_PEEK)); break;
  case 10: sendto(any(), b, below(500), MSG_DONTWAIT, (void *)&a, length); break;
  case 11: shutdown(any(), below(3)); break;
  case 12: close(any()); break;
  case 13: dup2(any(), any()); break;
  case 14: epoll_create1(0); break;
  case 15: epoll_ctl(any(), 1 + below(3), any(), &event); break;
  case 16: epoll_wait(any(), events, 5, below(3)); break;
  case 17: timerfd_settime(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), 0, &time, 0); break;
  case 18: below(2) ? eventfd(below(3), EFD_NONBLOCK) : poll(several, 3, below(2)); break;
  default: pipe2(ends, O_NONBLOCK);
  }
}

int main(int argc, char **argv) {
  long before = 0;
  for (int i = 0; i < atoi(argv[1]); i++) {
    if (i == 4) before = free_memory();
    if (!fork()) {
      seed = i;
      signal(SIGPIPE, SIG_IGN);
      alarm(1); /* some wait for ever */
      for (int j = 0; j < 2000; j++) act();
      _exit(0);
    }
    if (i % 3 == 2) while (wait(0) > 0);
  }
  while (wait(0) > 0);
  printf("%d\n", before - free_memory() < 300);
  return 0;
}
