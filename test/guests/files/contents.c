/* Contents: reading, writing, holes, sizes, positions, times, owners. */
#include "rows.h"

static char b[70000], c[70000];

int main(int argc, char **argv) {
  struct stat st;
  mkdir(argv[1], 0755);
  chdir(argv[1]);
  int fd = open("a", O_CREAT | O_RDWR | O_EXCL, 0644);
  ROW(write(fd, "hello world", 11));
  ROW(lseek(fd, 0, SEEK_SET));
  ROW(read(fd, b, 5));
  puts(b);
  ROW(pwrite(fd, "X", 1, 100000));
  ROW(lseek(fd, 0, SEEK_END));
  ROW(lseek(fd, 0, SEEK_CUR));
  ROW(pread(fd, b, 64, 99990));
  printf("%d %c\n", b[0], b[10]);
  fstat(fd, &st);
  printf("size %ld holes %d\n", (long)st.st_size, st.st_blocks < 100);
  ROW(ftruncate(fd, 5));
  ROW(lseek(fd, 0, SEEK_END));
  ROW(ftruncate(fd, 5000));
  memset(b, 7, 64);
  ROW(pread(fd, b, 64, 4990));
  for (int i = 0; i < 10; i++)
    if (b[i]) puts("not zero");
  ROW(truncate("a", 10));
  ROW(truncate(".", 10));
  ROW(truncate("none", 1));
  ROW(truncate("a", -1));
  ROW(ftruncate(99, 1));
  int ro = open("a", O_RDONLY), wo = open("a", O_WRONLY);
  ROW(ftruncate(ro, 1));
  ROW(write(ro, "x", 1));
  ROW(read(wo, b, 1));
  ROW(read(open(".", O_RDONLY), b, 1));
  ROW(write(99, b, 1));
  ROW(read(ro, (void *)8, 1));
  ROW(write(wo, (void *)8, 1));
  ROW(read(ro, b, 0));
  ROW(lseek(ro, -1, SEEK_SET));
  ROW(lseek(ro, 0, 99));
  ROW(lseek(ro, 5, SEEK_DATA));
  ROW(lseek(ro, 5, SEEK_HOLE));
  ROW(lseek(ro, 100, SEEK_DATA));
  ROW(pread(ro, b, 1, -1));
  /* Bad memory in the middle of a transfer: what lies before it counts. */
  char *edge = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(edge + 4096, 4096);
  ROW(pwrite(fd, b, 3000, 0));
  ROW(pread(fd, edge + 4096 - 100, 3000, 0));
  ROW(pread(fd, edge + 4096, 3000, 0));
  ROW(pwrite(fd, edge + 4096 - 10, 100, 0));
  struct iovec v[3] = {{b, 3}, {0, 0}, {b + 3, 2}};
  ROW(pwritev(fd, v, 3, 0));
  ROW(preadv(fd, v, 3, 2990));
  ROW(readv(fd, v, 1025));
  ROW(readv(fd, v, 0));
  v[1].iov_len = -1;
  ROW(readv(fd, v, 2));
  v[1].iov_base = (void *)8, v[1].iov_len = 5;
  lseek(fd, 0, SEEK_SET);
  ROW(writev(fd, v, 3));
  /* A file through every kind of indirect block, with holes between. */
  ROW(pwrite64(open("small", O_CREAT | O_RDWR, 0600), "x", 1, 0x7fffffff));
  ROW(pwrite64(open("small", O_RDWR), "xy", 2, 0x7ffffffe));
  int far = open("far", O_CREAT | O_RDWR | O_LARGEFILE, 0600);
  off64_t places[] = {0, 12 * 4096, 12 * 4096 + 1024 * 4096 - 3, 40000000, 4400000000ll, 0x40000000000ll};
  for (int i = 0; i < 6; i++) printf("%d\n", (int)pwrite64(far, "far away", 8, places[i]));
  for (int i = 0; i < 6; i++) {
    memset(b, 0, 9);
    printf("%d %s\n", (int)pread64(far, b, 8, places[i]), b);
  }
  OPENS(open("far", O_RDONLY));
  struct stat64 st64;
  fstat64(far, &st64);
  printf("%lld\n", (long long)st64.st_size);
  ROW(ftruncate64(far, 40000004));
  memset(b, 1, 9);
  ROW(pread64(far, b, 8, 40000000));
  ROW(ftruncate64(far, 40000008));
  ROW(pread64(far, b, 8, 40000000));
  printf("%.8s\n", b);
  ROW(ftruncate64(far, 0));
  fstat(far, &st);
  printf("%d %d\n", (int)st.st_size, (int)st.st_blocks);
  /* Much, in odd pieces. */
  for (int i = 0; i < 70000; i++) b[i] = (char)(i * 7 + i / 251);
  for (int i = 0; i < 40; i++) write(far, b + i, 65537 - i);
  unsigned sum = 0;
  lseek(far, 12345, SEEK_SET);
  for (int got; (got = read(far, c, 30011)) > 0;)
    for (int i = 0; i < got; i++) sum = sum * 31 + (unsigned char)c[i];
  printf("sum %u\n", sum);
  int app = open("far", O_WRONLY | O_APPEND);
  ROW(lseek(app, 5, SEEK_SET));
  ROW(write(app, "end", 3));
  ROW(lseek(app, 0, SEEK_CUR));
  ROW(posix_fallocate(fd, 0, 20000));
  fstat(fd, &st);
  printf("%d\n", (int)st.st_size);
  ROW(chmod("a", 0751));
  ROW(chmod("none", 0));
  ROW(fchmod(ro, 04711));
  fstat(ro, &st);
  printf("%o\n", st.st_mode);
  ROW(chown("a", 1, 2));
  fstat(ro, &st);
  printf("%o %d %d\n", st.st_mode, st.st_uid, st.st_gid);
  ROW(chown("a", -1, 3));
  fstat(ro, &st);
  printf("%d %d\n", st.st_uid, st.st_gid);
  struct timespec ts[2] = {{123, 456}, {789, 12}};
  ROW(utimensat(AT_FDCWD, "a", ts, 0));
  stat("a", &st);
  printf("%ld.%ld %ld.%ld\n", (long)st.st_atim.tv_sec, (long)st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, (long)st.st_mtim.tv_nsec);
  ts[0].tv_nsec = UTIME_OMIT, ts[1].tv_nsec = 2000000000;
  ROW(utimensat(AT_FDCWD, "a", ts, 0));
  ts[1].tv_nsec = 5;
  ROW(utimensat(AT_FDCWD, "a", ts, 0));
  stat("a", &st);
  printf("%ld.%ld %ld.%ld\n", (long)st.st_atim.tv_sec, (long)st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, (long)st.st_mtim.tv_nsec);
  ROW(futimens(99, ts));
  ROW(fsync(fd));
  ROW(fdatasync(99));
  unlink("a");
  ROW(pread(ro, b, 5, 0));
  fstat(ro, &st);
  printf("%d\n", (int)st.st_nlink);
  return 0;
}
