/* A picture of the address space, the highest address on top: each region the kernel mapped, our objects in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "story.h"

#define KERNEL_BASE 0xC0000000U

static int initialised = 42;
static int zeroed[1000];
static const char literal[] = "a string literal";

struct object {
  uintptr_t address;
  const char *what;
  int shown;
};

static void print_objects(struct object *objects, int count, uintptr_t start, uintptr_t end) {
  for (;;) { /* the highest first; they are few */
    struct object *highest = NULL;
    for (int i = 0; i < count; i++) {
      struct object *o = &objects[i];
      if (o->shown || o->address < start || o->address >= end) continue;
      if (!highest || o->address > highest->address) highest = o;
    }
    if (!highest) return;
    printf("  |   %08x  %-62s|\n", (unsigned)highest->address, highest->what);
    highest->shown = 1;
  }
}

static void print_border(void) {
  puts("  +---------------------------------------------------------------------------+");
}

static void print_gap(uintptr_t low, uintptr_t high) {
  char size[16];
  print_size(size, sizeof size, high - low);
  printf("        . . . . . . .   %s unmapped\n", size);
}

/* How the region came to be, where its name does not say it. */
static const char *origin(const struct region *region, uintptr_t brk_now) {
  uintptr_t address = (uintptr_t)zeroed;
  if (region->end == ((brk_now + 4095) & -4096U) && region->name[0] == '[') return "[heap] grows up, by brk";
  if (!strcmp(region->name, "[stack]")) return "[stack] grows down, by page faults";
  if (region->name[0] == 0) return address >= region->start && address < region->end ? "bss" : "anonymous mmap";
  if (region->name[0] == '[') return region->name;
  if (region->rights[2] == 'x') return "text";
  return region->rights[1] == 'w' ? "data" : "read-only data";
}

static void print_region(const struct region *region, struct object *objects, int count) {
  char size[16];
  print_size(size, sizeof size, region->end - region->start);
  const char *from = origin(region, (uintptr_t)sbrk(0));
  printf("  | %08x-%08x  %s  %9s   %-37s|\n", (unsigned)region->start, (unsigned)region->end - 1, region->rights,
         size, from);
  print_objects(objects, count, region->start, region->end);
}

void tell_layout(int argc, char **argv, char **envp) {
  int local = 0;
  char *small = malloc(100), *large = malloc(256 * 1024);
  struct object objects[] = {
      {(uintptr_t)argv[0], "argv[0], the string", 0},
      {(uintptr_t)(envp[0] ? envp[0] : (char *)envp), "envp[0], the first of the environment", 0},
      {(uintptr_t)__auxv, "auxv: what the kernel tells the program", 0},
      {(uintptr_t)argv, "argv[], the pointers; envp[] follow", 0},
      {(uintptr_t)&local, "a local variable", 0},
      {(uintptr_t)large, "malloc(256 KiB)", 0},
      {(uintptr_t)small, "malloc(100)", 0},
      {(uintptr_t)zeroed, "int zeroed[1000];     .bss: no bytes in the file", 0},
      {(uintptr_t)&initialised, "int initialised = 42; .data", 0},
      {(uintptr_t)literal, "a string literal      .rodata", 0},
      {(uintptr_t)tell_layout, "this very function    .text", 0},
  };
  int count = sizeof objects / sizeof *objects;
  (void)argc;

  static struct region regions[64];
  int n = read_regions(regions, 64);
  uintptr_t above = KERNEL_BASE;
  if (n == 0) puts("  (/proc/self/maps cannot be read: the objects alone)");
  print_border();
  if (n == 0 || regions[n - 1].end <= KERNEL_BASE) {
    printf("  | c0000000-ffffffff  the kernel: mapped, but for the supervisor only%8s|\n", "");
    print_border();
  } else {
    above = regions[n - 1].end;
  }
  for (int i = n - 1; i >= 0; i--) {
    if (regions[i].end != above) {
      if (i < n - 1) print_border();
      print_gap(regions[i].end, above);
      print_border();
    }
    print_region(&regions[i], objects, count);
    above = regions[i].start;
  }
  print_objects(objects, count, 0, UINTPTR_MAX);
  print_border();
  if (n) print_gap(0, above);
  printf("        00000000        nothing: null pointers fault here, and so does 0x02ad\n");
  free(small);
  free(large);
}
