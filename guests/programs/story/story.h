/* The parts of the story program: each chapter prints what it finds in its own, running process. */
#ifndef STORY_H
#define STORY_H

#include <stddef.h>
#include <stdint.h>

struct region {
  uintptr_t start, end; /* half open */
  char rights[5];
  char name[28];
};

/** Reads /proc/self/maps, in order of address. Returns the number of regions, 0 when there is no such file. */
int read_regions(struct region *regions, int limit);

/** The name of the mapping that holds `address` now, or NULL when it is not mapped. */
const char *mapping_of(const void *address);

void print_rule(const char *title);
void print_size(char *text, size_t room, size_t bytes); /* 4 KiB, 1.5 MiB */

void tell_layout(int argc, char **argv, char **envp);
void tell_small_and_large(void);
void tell_pinned_heap(void);

#endif
