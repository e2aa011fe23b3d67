/* eventfd, timerfd, signalfd, epoll. */
#include "rows.h"
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static uint64_t number;
static int ends[2], set;

static int put(int fd, uint64_t value) { return write(fd, &value, 8); }
static int get(int fd) { return read(fd, &number, 8); }
static int number_of(int fd) { return get(fd) == 8 ? (int)number : -1; }

static int control(int operation, int fd, unsigned events) {
  struct epoll_event event = { events, { .u32 = fd } };
  return epoll_ctl(set, operation, fd, &event);
}

/* Events by order, each as its number and bits. */
static void tell(int most, int milliseconds) {
  struct epoll_event events[8];
  int got = epoll_wait(set, events, most, milliseconds);
  printf("  %d:", got);
  for (int i = 0; i < got; i++)
    printf(" %s %x", (int)events[i].data.u32 == ends[0] ? "reader" : (int)events[i].data.u32 == ends[1] ? "writer" : "other", events[i].events);
  printf("\n");
}

static void counters(void) {
  struct pollfd p;
  int fd = eventfd(3, EFD_NONBLOCK), semaphore = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
  ROW(eventfd(0, 12345));
  ROW(number_of(fd));
  ROW(get(fd));
  ROW(put(fd, 5));
  ROW(put(fd, 6));
  ROW(number_of(fd));
  ROW(number_of(semaphore));
  ROW(number_of(semaphore));
  ROW(number_of(semaphore));
  ROW(put(fd, -1ull));
  ROW(put(fd, -2ull));
  ROW(put(fd, 1));
  ROW(write(fd, &number, 7));
  ROW(read(fd, &number, 7));
  ROW(read(fd, (void *)1, 8));
  ROW((p = (struct pollfd){ fd, POLLIN | POLLOUT }, poll(&p, 1, 0)));
  ROW(p.revents);
  ROW(number_of(fd));
  ROW((poll(&p, 1, 0), p.revents));
  ROW(fcntl(semaphore, F_GETFD));
  ROW(close(fd) | close(semaphore));
  fd = eventfd(0, 0);
  if (!fork()) {
    usleep(20000);
    put(fd, 77);
    _exit(0);
  }
  ROW(number_of(fd));
  wait(NULL);
  close(fd);
}

static void timers(void) {
  struct itimerspec t = { { 0, 0 }, { 0, 30000000 } }, old;
  struct pollfd p;
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  ROW(timerfd_create(99, 0));
  ROW(timerfd_create(CLOCK_MONOTONIC, 1));
  ROW(timerfd_settime(1, 0, &t, 0));
  ROW(timerfd_settime(99, 0, &t, 0));
  ROW(get(fd));
  ROW(timerfd_settime(fd, 0, &t, &old));
  ROW(old.it_value.tv_nsec | old.it_value.tv_sec);
  ROW(get(fd));
  ROW((timerfd_gettime(fd, &old), old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 30000000));
  ROW((p = (struct pollfd){ fd, POLLIN }, poll(&p, 1, 5000)));
  ROW(number_of(fd));
  ROW((timerfd_gettime(fd, &old), old.it_value.tv_nsec));
  ROW(write(fd, &number, 8));
  t.it_value.tv_nsec = 1000000000;
  ROW(timerfd_settime(fd, 0, &t, 0));
  t = (struct itimerspec){ { 0, 10000000 }, { 0, 10000000 } };
  ROW(timerfd_settime(fd, 0, &t, 0));
  usleep(55000);
  ROW(number_of(fd) >= 5);
  fcntl(fd, F_SETFL, 0);
  ROW(number_of(fd));
  t = (struct itimerspec){ { 0, 0 }, { 1, 0 } };
  ROW(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, 0));
  ROW(number_of(fd));
  t.it_value.tv_sec = 0;
  ROW(timerfd_settime(fd, 0, &t, 0));
  ROW(close(fd));
}

static void signals(void) {
  struct signalfd_siginfo info[3];
  struct pollfd p;
  sigset_t mask, other;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  sigaddset(&mask, SIGCHLD);
  sigaddset(&mask, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &mask, 0);
  int fd = signalfd(-1, &mask, SFD_NONBLOCK);
  ROW(signalfd(1, &mask, 0));
  ROW(read(fd, info, sizeof info));
  ROW(read(fd, info, 10));
  ROW((p = (struct pollfd){ fd, POLLIN }, poll(&p, 1, 0)));
  kill(getpid(), SIGUSR1);
  ROW(poll(&p, 1, 0));
  ROW(read(fd, info, sizeof info));
  ROW(info[0].ssi_signo == SIGUSR1 && info[0].ssi_pid == getpid() && info[0].ssi_code == SI_USER);
  sigqueue(getpid(), SIGRTMIN, (union sigval){ 11 });
  sigqueue(getpid(), SIGRTMIN, (union sigval){ 12 });
  ROW(read(fd, info, sizeof info));
  ROW(info[0].ssi_int * 100 + info[1].ssi_int);
  fcntl(fd, F_SETFL, 0);
  pid_t child = fork();
  if (!child) {
    usleep(20000);
    _exit(9);
  }
  ROW(read(fd, info, sizeof info));
  ROW(info[0].ssi_signo == SIGCHLD && info[0].ssi_pid == child);
  ROW(info[0].ssi_status);
  wait(NULL);
  sigemptyset(&other);
  sigaddset(&other, SIGUSR2);
  ROW(signalfd(fd, &other, 0) == fd);
  kill(getpid(), SIGUSR1);
  ROW(poll(&p, 1, 0));
  signal(SIGUSR1, SIG_IGN);
  sigprocmask(SIG_UNBLOCK, &mask, 0);
  ROW(close(fd));
}

static void sets(void) {
  char b[10];
  int file = open("f", O_CREAT | O_RDWR, 0600), inner;
  set = epoll_create1(0);
  pipe(ends);
  ROW(epoll_create(0));
  ROW(epoll_create1(1));
  ROW(control(EPOLL_CTL_ADD, ends[0], EPOLLIN));
  ROW(control(EPOLL_CTL_ADD, ends[0], EPOLLIN));
  ROW(control(EPOLL_CTL_MOD, ends[1], EPOLLIN));
  ROW(control(EPOLL_CTL_DEL, ends[1], 0));
  ROW(control(EPOLL_CTL_ADD, 99, EPOLLIN));
  ROW(control(EPOLL_CTL_ADD, file, EPOLLIN));
  ROW(control(EPOLL_CTL_ADD, set, EPOLLIN));
  ROW(control(9, ends[0], EPOLLIN));
  ROW(epoll_ctl(set, EPOLL_CTL_ADD, ends[1], (void *)1));
  ROW(epoll_ctl(ends[0], EPOLL_CTL_ADD, ends[1], &(struct epoll_event){ 0 }));
  ROW(epoll_wait(set, (void *)1, 1, 0));
  ROW(epoll_wait(set, (void *)1, 0, 0));
  ROW(epoll_wait(ends[0], (void *)1, 1, 0));
  tell(8, 0);
  tell(8, 10);
  ROW(control(EPOLL_CTL_ADD, ends[1], EPOLLOUT));
  tell(8, -1);
  write(ends[1], "abc", 3);
  tell(8, -1);
  tell(1, -1);
  tell(1, -1);
  ROW(control(EPOLL_CTL_DEL, ends[1], 0));
  ROW(control(EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET));
  tell(8, 0);
  tell(8, 0);
  read(ends[0], b, 1);
  tell(8, 0);
  read(ends[0], b, 10);
  write(ends[1], "d", 1);
  tell(8, 0);
  tell(8, 0);
  ROW(control(EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT));
  tell(8, 0);
  tell(8, 0);
  ROW(control(EPOLL_CTL_MOD, ends[0], EPOLLIN));
  tell(8, 0);
  inner = set;
  set = epoll_create1(EPOLL_CLOEXEC);
  ROW(control(EPOLL_CTL_ADD, inner, EPOLLIN));
  tell(8, 0);
  read(ends[0], b, 10);
  tell(8, 0);
  if (!fork()) {
    usleep(20000);
    write(ends[1], "x", 1);
    _exit(0);
  }
  tell(8, -1);
  wait(NULL);
  close(set);
  set = inner;
  close(ends[1]);
  tell(8, 0);
  close(ends[0]);
  tell(8, 0);
  pipe(ends);
  ROW(control(EPOLL_CTL_ADD, ends[0], EPOLLIN));
  int twin = dup(ends[0]);
  close(ends[0]);
  write(ends[1], "y", 1);
  tell(8, 0);
  close(twin);
  tell(8, 0);
  close(set);
}

int main(int argc, char **argv) {
  mkdir(argv[1], 0755);
  chdir(argv[1]);
  counters();
  timers();
  signals();
  sets();
  return 0;
}
