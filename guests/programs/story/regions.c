/* The kernel's own list of what is mapped. A line of /proc/self/maps is "start-end rwxp offset device inode   name". */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "story.h"

static int read_all(const char *path, char *text, size_t room) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  size_t length = 0;
  ssize_t count;
  while (length < room - 1 && (count = read(fd, text + length, room - 1 - length)) > 0) length += count;
  close(fd);
  text[length] = 0;
  return length > 0;
}

static const char *last_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static int parse_line(char *line, struct region *region) {
  char *rest;
  region->start = strtoul(line, &rest, 16);
  if (*rest != '-') return 0;
  region->end = strtoul(rest + 1, &rest, 16);
  if (*rest != ' ') return 0;
  strncpy(region->rights, rest + 1, 4);
  region->rights[4] = 0;
  char *name = strpbrk(rest + 5, "[/");
  strncpy(region->name, name ? last_part(name) : "", sizeof region->name - 1);
  region->name[sizeof region->name - 1] = 0;
  return 1;
}

int read_regions(struct region *regions, int limit) {
  static char text[8192];
  if (!read_all("/proc/self/maps", text, sizeof text)) return 0;
  int count = 0;
  for (char *line = text; *line && count < limit;) {
    char *end = strchr(line, '\n');
    if (!end) break;
    *end = 0;
    if (parse_line(line, &regions[count])) count++;
    line = end + 1;
  }
  return count;
}

const char *mapping_of(const void *address) {
  static struct region regions[64];
  int count = read_regions(regions, 64);
  if (count == 0) return "unknown: /proc/self/maps cannot be read";
  for (int i = 0; i < count; i++) {
    if ((uintptr_t)address < regions[i].start || (uintptr_t)address >= regions[i].end) continue;
    return regions[i].name[0] ? regions[i].name : "anonymous";
  }
  return NULL;
}
