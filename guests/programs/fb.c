/*
 * A device as memory: maps /dev/fb, the text page of the VGA (80 x 25 cells of character and attribute, at physical
 * 0xB8000), and draws on the screen without a single system call for it. Exit status 2 where there is no such device.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COLUMNS 80
#define ROWS 25
#define LENGTH 32768

enum { GREY_ON_BLUE = 0x17, YELLOW_ON_BLUE = 0x1E };

/* Character in bits 0-7, foreground in 8-11, background in 12-14, blink in 15. */
static volatile uint16_t *cells;

static void put(int row, int column, const char *text, unsigned attribute) {
  for (; *text && column < COLUMNS; text++, column++) {
    cells[row * COLUMNS + column] = attribute << 8 | (unsigned char)*text;
  }
}

static void box(int top, int left, int height, int width, unsigned attribute) {
  char line[COLUMNS + 1];
  for (int row = 0; row < height; row++) {
    int edge = row == 0 || row == height - 1;
    memset(line, edge ? 0xCD : ' ', width); /* code page 437's double lines */
    line[0] = row == 0 ? 0xC9 : edge ? 0xC8 : 0xBA;
    line[width - 1] = row == 0 ? 0xBB : edge ? 0xBC : 0xBA;
    line[width] = 0;
    put(top + row, left, line, attribute);
  }
}

int main(void) {
  int fd = open("/dev/fb", O_RDWR);
  if (fd < 0) {
    perror("/dev/fb");
    return 2;
  }
  void *memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) {
    perror("mmap /dev/fb");
    return 1;
  }
  close(fd); /* the mapping stays */
  cells = memory;
  char where[40];
  snprintf(where, sizeof where, "mapped at 0x%08lx", (unsigned long)memory);
  box(8, 18, 8, 44, GREY_ON_BLUE);
  put(10, 22, "The screen is memory.", YELLOW_ON_BLUE);
  put(11, 22, where, GREY_ON_BLUE);
  put(13, 22, "These letters were stored, not printed.", GREY_ON_BLUE);
  printf("framebuffer %s, drew on %d x %d cells\n", where, COLUMNS, ROWS);
  return 0;
}
