/* What standard input is, and how far it is read: to be run with a file there. */
#include "rows.h"
#include <sys/mman.h>

int main(int argc, char **argv) {
  struct stat st;
  char b[100];
  fstat(0, &st);
  printf("%o %ld\n", st.st_mode & S_IFMT, (long)st.st_size);
  ROW(lseek(0, 0, SEEK_CUR));
  ROW(read(0, b, 4));
  printf("%.4s\n", b);
  ROW(pread(0, b, 3, 1));
  printf("%.3s\n", b);
  ROW(lseek(0, -2, SEEK_END));
  ROW(read(0, b, 100));
  ROW(read(0, b, 100));
  ROW(lseek(0, 7, SEEK_SET));
  ROW(write(0, b, 1));
  printf("%.5s\n", (char *)mmap(0, 4096, PROT_READ, MAP_PRIVATE, 0, 0));
  ROW(read(0, b, 2));
  return 0;
}
