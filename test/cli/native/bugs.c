/* A program with a mistake of each kind, by name: for fault reports of glibc programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct node {
  int value;
  struct node *next;
};

static struct node *head;

__attribute__((noinline)) static void poison(void) {
  head->next = (struct node *)0x12345678;
}

__attribute__((noinline)) static int sum(struct node *node) {
  int total = 0;
  for (; node; node = node->next) total += node->value;
  return total;
}

__attribute__((noinline)) static int burn(void) {
  volatile int x = 0;
  for (int i = 0; i < 100000; i++) x += i;
  return x;
}

int main(int argc, char **argv) {
  const char *which = argc > 1 ? argv[1] : "none";
  head = malloc(sizeof *head);
  head->value = 1;
  head->next = NULL;
  if (!strcmp(which, "old-value")) {
    poison();
    burn();
    return sum(head);
  }
  if (!strcmp(which, "unmapped")) {
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p[0] = 1;
    munmap(p, 8192);
    return p[100];
  }
  if (!strcmp(which, "guard")) {
    char *p = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(p + 8192, 4096, PROT_NONE);
    for (int i = 0;; i++) p[i] = i;
  }
  if (!strcmp(which, "literal")) {
    volatile char *p = (char *)"literal";
    p[0] = 'L';
  }
  if (!strcmp(which, "data")) {
    static char code[] = "\x0f\x0b";
    ((void (*)(void))code)();
  }
  if (!strcmp(which, "middle")) free((char *)head + 4);
  if (!strcmp(which, "stale")) {
    struct node *volatile *table = malloc(100);
    table[10] = (struct node *)0x12345678;
    free((void *)table);
    return table[10]->value;
  }
  return 0;
}
