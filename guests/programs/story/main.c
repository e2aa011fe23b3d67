/*
 * A process tells how it is laid out, where its memory comes from, and why the read that worked in real mode ends it
 * here. Every number is read from the running process. Ends by SIGSEGV, 139 in a shell: CR2 = 0x000002ad, page fault
 * error 4 (read, user, not present).
 */
#include <stdio.h>
#include <stdlib.h>

#include "story.h"

void print_rule(const char *title) {
  printf("\n== %s\n\n", title);
}

void print_size(char *text, size_t room, size_t bytes) {
  unsigned kib = bytes / 1024, mib = kib / 1024, tenth = kib % 1024 * 10 / 1024;
  if (bytes < 1024) snprintf(text, room, "%u bytes", (unsigned)bytes);
  else if (kib < 1024) snprintf(text, room, "%u KiB", kib);
  else if (mib < 10 && tenth) snprintf(text, room, "%u.%u MiB", mib, tenth);
  else snprintf(text, room, "%u MiB", mib);
}

static int read_low_memory(void) {
  int *volatile p = (int *)0x02ad; /* volatile: or gcc may decide at compile time what a bad pointer reads */
  return *p;
}

int main(int argc, char **argv, char **envp) {
  print_rule("How this process is laid out");
  puts("  Every process has an address space of its own; the kernel maps it by regions.\n");
  tell_layout(argc, argv, envp);

  print_rule("Where malloc finds memory");
  puts("  First in what was freed; else from the kernel: brk for small blocks, mmap for\n  large ones.\n");
  tell_small_and_large();

  print_rule("Why large blocks are mapped");
  tell_pinned_heap();

  print_rule("What happens at an address nobody mapped");
  puts("  In real mode, in which every x86 starts, these two lines read four bytes of\n"
       "  physical memory, because an address was just an address:\n\n"
       "      int *p = (int *)0x02ad;\n"
       "      return *p;\n\n"
       "  The same two lines come next. Now 0x02ad is looked up in the page tables of\n"
       "  this process, and page 0 is not in them: a page fault, and with it SIGSEGV.");
  fflush(stdout);
  return read_low_memory();
}
