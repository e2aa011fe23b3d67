/* Memory mappings; protections and flags have the Linux/i386 values. */
#ifndef SYS_MMAN_H
#define SYS_MMAN_H

#include <sys/types.h>

#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4

#define MAP_SHARED 0x01
#define MAP_PRIVATE 0x02
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20

#define MAP_FAILED ((void *)-1)

#define MREMAP_MAYMOVE 1

/** Maps `length` bytes (rounded up to pages) of a file or of zeroes; `offset` in bytes, a multiple of 4096. */
void *mmap(void *hint, size_t length, int protection, int flags, int fd, off_t offset);
int munmap(void *start, size_t length);
int mprotect(void *start, size_t length, int protection);
void *mremap(void *start, size_t old_length, size_t new_length, int flags);

#endif
