/*
 * A file as memory: maps one privately, changes the copy, and shows by read() that the file is what it was.
 * mmap-file [path, default usr/share/story.txt]
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int length_of_line(const char *text, size_t limit) {
  const char *end = memchr(text, '\n', limit);
  size_t length = end ? (size_t)(end - text) : limit;
  return length < 60 ? length : 60;
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : "usr/share/story.txt";
  int fd = open(path, O_RDONLY);
  off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
  char *text = size <= 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  if (text == MAP_FAILED) {
    perror(path);
    return 1;
  }
  printf("%s: %ld bytes at %p\n", path, size, (void *)text);
  printf("mapped: %.*s\n", length_of_line(text, size), text);

  size_t tail = -(size_t)size & 4095;
  unsigned nonzero = 0;
  for (size_t i = 0; i < tail; i++) nonzero += text[size + i] != 0;
  printf("after the end, to the page's end: %zu bytes, %u of them not zero\n", tail, nonzero);

  char first = text[0];
  text[0] = '*';
  printf("memory: %.*s\n", length_of_line(text, size), text);
  char from_file = 0;
  lseek(fd, 0, SEEK_SET);
  if (read(fd, &from_file, 1) != 1 || from_file != first) {
    puts("the file changed, or cannot be read again");
    return 1;
  }
  puts("the file has not changed: the page was copied when it was written");
  return munmap(text, size) < 0 || nonzero != 0;
}
