/* System calls on files, on the process and on its data segment. All return -1 with errno on failure. */
#ifndef UNISTD_H
#define UNISTD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

extern char **environ;

ssize_t read(int fd, void *buffer, size_t count);
ssize_t write(int fd, const void *buffer, size_t count);
int close(int fd);
off_t lseek(int fd, off_t offset, int whence);
int unlink(const char *path);
pid_t getpid(void);

/** Moves the end of the data segment (the program break) to `end`; 0, or -1 with ENOMEM. */
int brk(void *end);

/** Moves the program break by `increment` bytes; returns where it was, or (void *)-1 with ENOMEM. */
void *sbrk(intptr_t increment);

/** Ends the process at once: no atexit function runs, nothing is flushed. */
void _exit(int status) __attribute__((noreturn));

#endif
