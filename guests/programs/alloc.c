/*
 * Where does each malloc come from? Told from outside, by standard means alone (addresses, and sbrk(0) before and
 * after), so that the same source shows it for any C library: build it with guests/libc/cc, or with
 * `gcc -m32 -static` for glibc. A line per request; then the pinned heap, as a number of bytes given back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCKS 8

static char *allocate(const char *what, size_t size) {
  char *before = sbrk(0), *block = malloc(size), *after = sbrk(0);
  printf("%-15s 0x%08lx  ", what, (unsigned long)block);
  if (block >= after) puts("a mapping of its own");
  else if (after != before) printf("heap, after brk moved the break up by %ld KiB\n", (long)(after - before) / 1024);
  else puts("heap, no system call");
  return block;
}

/* How far the break falls when BLOCKS blocks are freed, and then when the small one above them is. */
static void show_pin(const char *what, size_t size) {
  char *blocks[BLOCKS], *volatile pin;
  for (int i = 0; i < BLOCKS; i++) blocks[i] = malloc(size);
  pin = malloc(2000); /* more than glibc would keep in its per-thread cache */
  char *high = sbrk(0);
  for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
  char *pinned = sbrk(0);
  free(pin);
  char *low = sbrk(0);
  printf("%d x %s with 2000 bytes above: free() of the %d lowers the break by %ld KiB,\n", BLOCKS, what, BLOCKS,
         (long)(high - pinned) / 1024);
  printf("  free() of the 2000 bytes by %ld KiB\n", (long)(pinned - low) / 1024);
}

int main(void) {
  printf("break at start 0x%08lx\n", (unsigned long)sbrk(0)); /* glibc's stdio allocates its buffer here */
  char *a = allocate("malloc(100)", 100);
  char *b = allocate("malloc(100)", 100);
  free(a);
  puts("free the first");
  char *c = allocate("malloc(100)", 100);
  puts(a == c ? "the same address again" : "another address");
  char *d = allocate("malloc(120 KiB)", 120 * 1024);
  char *e = allocate("malloc(128 KiB)", 128 * 1024);
  char *f = allocate("malloc(1 MiB)", 1024 * 1024);
  show_pin("100 KiB", 100 * 1024); /* before a mapping is freed: glibc would raise its thresholds to that size */
  free(f);
  free(e);
  free(d);
  free(c);
  free(b);
  return 0;
}
