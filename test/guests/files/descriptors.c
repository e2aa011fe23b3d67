/* Descriptors, pipes, waiting for several, mappings of files, locks. */
#include "rows.h"
#include <sys/file.h>
#include <sys/sendfile.h>

static char b[200000];
static void on_pipe(int signal) { write(1, "SIGPIPE\n", 8); }
static void on_alarm(int signal) {}

int main(int argc, char **argv) {
  struct stat st;
  mkdir(argv[1], 0755);
  chdir(argv[1]);
  int fd = open("m", O_CREAT | O_RDWR, 0644), ro = open("m", O_RDONLY);
  ROW(dup(99));
  ROW(dup2(ro, ro) == ro);
  ROW(dup2(ro, 70));
  ROW(dup2(99, 70));
  ROW(dup3(ro, ro, 0));
  ROW(fcntl(70, F_GETFD));
  ROW(fcntl(70, F_SETFD, 1));
  ROW(fcntl(70, F_GETFD));
  ROW(fcntl(70, F_DUPFD, 80));
  ROW(fcntl(70, F_DUPFD_CLOEXEC, 80));
  ROW(fcntl(81, F_GETFD));
  ROW(fcntl(fd, F_GETFL) & O_ACCMODE);
  ROW(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
  ROW((fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK)) == (O_APPEND | O_NONBLOCK));
  ROW(fcntl(fd, F_SETFL, 0));
  ROW(fcntl(fd, 999, 0));
  ROW(close(70));
  ROW(close(70));
  /* Positions are the open file's: shared by dup, not by open. */
  ROW(write(fd, "0123456789", 10));
  int twin = dup(fd);
  ROW(lseek(twin, 0, SEEK_CUR));
  ROW(lseek(ro, 0, SEEK_CUR));

  ROW(ftruncate(fd, 8192));
  char *p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *q = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  p[0] = 'S', p[4096] = 'T';
  printf("%c%c\n", q[0], q[4096]);
  q[0] = 'P';
  printf("%c\n", p[0]);
  ROW(pread(fd, b, 1, 0));
  puts(b);
  ROW(pwrite(fd, "W", 1, 1));
  printf("%c %c\n", p[1], q[4096]);
  ROW(msync(p, 8192, MS_SYNC));
  ROW(mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0) == MAP_FAILED ? -1 : 0);
  ROW(mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, ro, 0) == MAP_FAILED ? -1 : 0);
  ROW(mmap(0, 8192, PROT_READ, MAP_SHARED, open(".", O_RDONLY), 0) == MAP_FAILED ? -1 : 0);
  if (!fork()) {
    p[2] = 'C', q[2] = 'D';
    _exit(0);
  }
  wait(0);
  printf("%c %d\n", p[2], q[2] == 'D');
  int status;
  if (!fork()) {
    ftruncate(fd, 100);
    printf("%c\n", p[99] ? '?' : '0');
    fflush(stdout);
    _exit(p[4096]);
  }
  wait(&status);
  printf("signal %d\n", WTERMSIG(status));
  ROW(munmap(p, 8192));

  int pp[2];
  ROW(pipe(pp));
  ROW(write(pp[1], "pipe", 4));
  ROW(read(pp[0], b, 64));
  ROW(lseek(pp[0], 0, 0));
  ROW(pread(pp[0], b, 1, 0));
  ROW(ftruncate(pp[0], 1));
  ROW(fsync(pp[0]));
  ROW(read(pp[1], b, 1));
  ROW(fcntl(pp[1], F_SETFL, O_NONBLOCK));
  ROW(write(pp[1], b, 200000));
  ROW(write(pp[1], b, 1));
  ROW(read(pp[0], b, 4095));
  ROW(write(pp[1], b, 4096));
  ROW(read(pp[0], b, 1));
  ROW(write(pp[1], b, 4096));
  close(pp[1]);
  int all = 0;
  for (int got; (got = read(pp[0], b, 5000)) > 0;) all += got;
  printf("%d\n", all);
  close(pp[0]);
  pipe2(pp, O_CLOEXEC);
  ROW(fcntl(pp[0], F_GETFD));
  signal(SIGPIPE, on_pipe);
  close(pp[0]);
  ROW(write(pp[1], "x", 1));
  ROW(pipe2(pp, 0x10));
  ROW(pipe((int *)8));
  /* Two processes, more than fits, whole pieces. */
  pipe(pp);
  for (int child = 0; child < 2; child++)
    if (!fork()) {
      char piece[1000];
      memset(piece, 'a' + child, sizeof piece);
      for (int i = 0; i < 200; i++) write(pp[1], piece, sizeof piece);
      _exit(0);
    }
  close(pp[1]);
  int torn = 0, seen = 0;
  for (int have = 0, got; (got = read(pp[0], b + have, 1000 - have)) > 0;) {
    have += got, seen += got;
    if (have < 1000) continue;
    for (int i = 1; i < 1000; i++) torn += b[i] != b[0];
    have = 0;
  }
  printf("%d bytes, %d torn\n", seen, torn);
  while (wait(0) > 0) ;

  pipe(pp);
  struct pollfd f[4] = {{pp[0], POLLIN}, {pp[1], POLLOUT}, {-1, POLLIN}, {999, POLLIN}};
  ROW(poll(f, 4, 0));
  printf("%x %x %x %x\n", f[0].revents, f[1].revents, f[2].revents, f[3].revents);
  ROW(poll(f, 1, 20));
  write(pp[1], "p", 1);
  ROW(poll(f, 1, -1));
  printf("%x\n", f[0].revents);
  fd_set r, w;
  FD_ZERO(&r);
  FD_ZERO(&w);
  FD_SET(pp[0], &r);
  FD_SET(pp[1], &w);
  struct timeval second = {1, 0};
  ROW(select(pp[1] + 1, &r, &w, 0, &second));
  ROW(FD_ISSET(pp[0], &r) != 0);
  read(pp[0], b, 1);
  FD_ZERO(&r);
  FD_SET(pp[0], &r);
  second = (struct timeval){0, 10000};
  ROW(select(pp[1] + 1, &r, 0, 0, &second));
  if (!fork()) {
    usleep(20000);
    write(pp[1], "late", 4);
    _exit(0);
  }
  ROW(poll(f, 1, 10000));
  wait(0);
  close(pp[1]);
  read(pp[0], b, 10);
  ROW(poll(f, 1, 0));
  printf("%x\n", f[0].revents);
  FD_ZERO(&r);
  FD_SET(99, &r);
  ROW(select(100, &r, 0, 0, 0));
  signal(SIGALRM, on_alarm);
  ualarm(20000, 0);
  ROW(poll(0, 0, 10000));
  ROW(poll((void *)8, 1, 0));

  ROW(mkfifo("fifo", 0644));
  ROW(open("fifo", O_WRONLY | O_NONBLOCK));
  int fr = open("fifo", O_RDONLY | O_NONBLOCK), fw = open("fifo", O_WRONLY | O_NONBLOCK);
  ROW(read(fr, b, 9));
  ROW(write(fw, "abc", 3));
  ROW(read(fr, b, 9));
  ROW(read(fr, b, 9));
  close(fw);
  ROW(read(fr, b, 9));
  close(fr);
  if (!fork()) {
    int end = open("fifo", O_WRONLY);
    write(end, "met", 3);
    _exit(0);
  }
  fr = open("fifo", O_RDONLY);
  ROW(read(fr, b, 9));
  wait(0);

  ROW(pwrite(fd, "0123456789", 10, 0));
  pipe(pp);
  off_t at = 3;
  ROW(sendfile(pp[1], fd, &at, 5));
  printf("%d\n", (int)at);
  ROW(read(pp[0], b, 9));
  printf("%.5s\n", b);
  ROW(sendfile(pp[1], pp[0], 0, 5));
  int copy = open("copy", O_CREAT | O_RDWR, 0600);
  lseek(fd, 0, SEEK_SET);
  ROW(sendfile(copy, fd, 0, 100000));

  struct flock lock = {F_WRLCK, SEEK_SET, 10, 10};
  ROW(fcntl(fd, F_SETLK, &lock));
  if (!fork()) {
    struct flock other = {F_RDLCK, SEEK_SET, 15, 1};
    ROW(fcntl(ro, F_SETLK, &other));
    other.l_type = F_WRLCK, other.l_start = 0, other.l_len = 0;
    ROW(fcntl(fd, F_GETLK, &other));
    printf("%d %d %d %d\n", other.l_type, (int)other.l_start, (int)other.l_len, other.l_pid == getppid());
    other = (struct flock){F_WRLCK, SEEK_SET, 0, 10};
    ROW(fcntl(fd, F_SETLK, &other));
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  ROW(flock(fd, LOCK_EX));
  ROW(flock(ro, LOCK_SH | LOCK_NB));
  ROW(flock(fd, LOCK_UN));
  ROW(flock(ro, LOCK_SH | LOCK_NB));
  ROW(isatty(ro));
  char name[40], there[100];
  sprintf(name, "/proc/self/fd/%d", fd);
  ROW(readlink(name, there, 99) > 0);
  ROW(stat(name, &st));
  printf("%o\n", st.st_mode);
  int again = open(name, O_RDONLY);
  ROW(read(again, b, 4));
  int full = open("/dev/full", O_RDWR), zero = open("/dev/zero", O_RDWR), null = open("/dev/null", O_RDWR);
  ROW(write(full, "x", 1));
  ROW(read(zero, b, 100));
  ROW(b[50]);
  ROW(write(null, b, 100));
  ROW(read(null, b, 100));
  ROW(close_range(3, 200, 0));
  ROW(dup(0));
  return 0;
}
