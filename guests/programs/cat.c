/* Copies files, or standard input, to standard output byte for byte. "-" is standard input. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char buffer[16384];

static int write_all(const char *bytes, size_t count) {
  while (count) {
    ssize_t done = write(STDOUT_FILENO, bytes, count);
    if (done <= 0) return -1;
    bytes += done;
    count -= done;
  }
  return 0;
}

/* 0, or -1 after a message that begins with `name`. */
static int copy(int fd, const char *name) {
  ssize_t count;
  while ((count = read(fd, buffer, sizeof buffer)) > 0) {
    if (write_all(buffer, count) < 0) {
      perror("cat: standard output");
      return -1;
    }
  }
  if (count < 0) perror(name);
  return count;
}

int main(int argc, char **argv) {
  int failed = 0;
  if (argc == 1) return copy(STDIN_FILENO, "cat: standard input") < 0;
  for (int i = 1; i < argc; i++) {
    int fd = strcmp(argv[i], "-") ? open(argv[i], O_RDONLY) : STDIN_FILENO;
    if (fd < 0) {
      perror(argv[i]);
      failed = 1;
      continue;
    }
    failed |= copy(fd, argv[i]) < 0;
    if (fd != STDIN_FILENO) close(fd);
  }
  return failed;
}
