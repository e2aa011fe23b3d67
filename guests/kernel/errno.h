/* Error numbers of Linux/i386; a system call answers with their negative. */
#pragma once

#define EPERM   1
#define ENOENT  2
#define EIO     5
#define E2BIG   7
#define ENOEXEC 8
#define EBADF   9
#define EAGAIN  11
#define ENOMEM  12
#define EACCES  13
#define EFAULT  14
#define EEXIST  17
#define ENODEV  19
#define ENOTDIR 20
#define EISDIR  21
#define EINVAL  22
#define EMFILE  24
#define ENOTTY  25
#define ESPIPE  29
#define EROFS   30
#define ERANGE  34
#define ENAMETOOLONG 36
#define ENOSYS  38
#define EOVERFLOW 75
#define ESRCH   3

/* Signals that end a process here. */
#define SIGILL  4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS  7
#define SIGFPE  8
#define SIGKILL 9
#define SIGSEGV 11
