/*
 * The system calls on files, by number; the rest is in syscall.h and table.c.
 */
#pragma once
#include "../types.h"

s32 sys_open(u32 path, u32 flags, u32 mode);
s32 sys_creat(u32 path, u32 mode);
s32 sys_openat(u32 directory, u32 path, u32 flags, u32 mode);
s32 sys_close(u32 descriptor);
s32 sys_close_range(u32 first, u32 last, u32 flags);
s32 sys_dup(u32 descriptor);
s32 sys_dup2(u32 from, u32 to);
s32 sys_dup3(u32 from, u32 to, u32 flags);
s32 sys_fcntl(u32 descriptor, u32 command, u32 argument);
s32 sys_fcntl64(u32 descriptor, u32 command, u32 argument);
s32 sys_read(u32 descriptor, u32 buffer, u32 count);
s32 sys_write(u32 descriptor, u32 buffer, u32 count);
s32 sys_readv(u32 descriptor, u32 vector, u32 count);
s32 sys_writev(u32 descriptor, u32 vector, u32 count);
s32 sys_pread64(u32 descriptor, u32 buffer, u32 count, u32 low, u32 high);
s32 sys_pwrite64(u32 descriptor, u32 buffer, u32 count, u32 low, u32 high);
s32 sys_preadv(u32 descriptor, u32 vector, u32 count, u32 low, u32 high);
s32 sys_pwritev(u32 descriptor, u32 vector, u32 count, u32 low, u32 high);
s32 sys_preadv2(u32 descriptor, u32 vector, u32 count, u32 low, u32 high, u32 flags);
s32 sys_pwritev2(u32 descriptor, u32 vector, u32 count, u32 low, u32 high, u32 flags);
s32 sys_lseek(u32 descriptor, u32 offset, u32 whence);
s32 sys_llseek(u32 descriptor, u32 high, u32 low, u32 result, u32 whence);
s32 sys_sendfile(u32 out, u32 in, u32 offset_at, u32 count);
s32 sys_sendfile64(u32 out, u32 in, u32 offset_at, u32 count);
s32 sys_mkdir(u32 path, u32 mode);
s32 sys_mkdirat(u32 directory, u32 path, u32 mode);
s32 sys_mknod(u32 path, u32 mode, u32 device);
s32 sys_mknodat(u32 directory, u32 path, u32 mode, u32 device);
s32 sys_unlink(u32 path);
s32 sys_unlinkat(u32 directory, u32 path, u32 flags);
s32 sys_rmdir(u32 path);
s32 sys_link(u32 old_path, u32 new_path);
s32 sys_linkat(u32 old_directory, u32 old_path, u32 new_directory, u32 new_path, u32 flags);
s32 sys_symlink(u32 target, u32 path);
s32 sys_symlinkat(u32 target, u32 directory, u32 path);
s32 sys_rename(u32 old_path, u32 new_path);
s32 sys_renameat(u32 old_directory, u32 old_path, u32 new_directory, u32 new_path);
s32 sys_renameat2(u32 old_directory, u32 old_path, u32 new_directory, u32 new_path, u32 flags);
s32 sys_readlink(u32 path, u32 buffer, u32 size);
s32 sys_readlinkat(u32 directory, u32 path, u32 buffer, u32 size);
s32 sys_chmod(u32 path, u32 mode);
s32 sys_fchmod(u32 descriptor, u32 mode);
s32 sys_fchmodat(u32 directory, u32 path, u32 mode);
s32 sys_chown(u32 path, u32 user, u32 group);
s32 sys_lchown(u32 path, u32 user, u32 group);
s32 sys_fchown(u32 descriptor, u32 user, u32 group);
s32 sys_chown32(u32 path, u32 user, u32 group);
s32 sys_lchown32(u32 path, u32 user, u32 group);
s32 sys_fchown32(u32 descriptor, u32 user, u32 group);
s32 sys_fchownat(u32 directory, u32 path, u32 user, u32 group, u32 flags);
s32 sys_truncate(u32 path, u32 size);
s32 sys_truncate64(u32 path, u32 low, u32 high);
s32 sys_ftruncate(u32 descriptor, u32 size);
s32 sys_ftruncate64(u32 descriptor, u32 low, u32 high);
s32 sys_access(u32 path, u32 mode);
s32 sys_faccessat(u32 directory, u32 path, u32 mode);
s32 sys_faccessat2(u32 directory, u32 path, u32 mode, u32 flags);
s32 sys_umask(u32 mask);
s32 sys_sync(void);
s32 sys_fsync(u32 descriptor);
s32 sys_syncfs(u32 descriptor);
s32 sys_fallocate(u32 descriptor, u32 mode, u32 offset_low, u32 offset_high, u32 length_low, u32 length_high);
s32 sys_fadvise(u32 descriptor);
s32 sys_flock(u32 descriptor, u32 operation);
s32 sys_utime(u32 path, u32 times_at);
s32 sys_utimes(u32 path, u32 times_at);
s32 sys_futimesat(u32 directory, u32 path, u32 times_at);
s32 sys_utimensat(u32 directory, u32 path, u32 times_at, u32 flags);
s32 sys_utimensat64(u32 directory, u32 path, u32 times_at, u32 flags);
s32 sys_poll(u32 at, u32 count, u32 milliseconds);
s32 sys_ppoll(u32 at, u32 count, u32 timeout_at, u32 mask, u32 mask_size);
s32 sys_ppoll64(u32 at, u32 count, u32 timeout_at, u32 mask, u32 mask_size);
s32 sys_select(u32 count, u32 readable, u32 writable, u32 exceptional, u32 timeout_at);
s32 sys_old_select(u32 arguments);
s32 sys_pselect6(u32 count, u32 readable, u32 writable, u32 exceptional, u32 timeout_at, u32 mask);
s32 sys_pselect6_64(u32 count, u32 readable, u32 writable, u32 exceptional, u32 timeout_at, u32 mask);
s32 sys_getdents(u32 descriptor, u32 buffer, u32 count);
s32 sys_getdents64(u32 descriptor, u32 buffer, u32 count);
s32 sys_chdir(u32 path);
s32 sys_fchdir(u32 descriptor);
s32 sys_chroot(u32 path);
s32 sys_getcwd(u32 buffer, u32 size);
s32 sys_stat(u32 path, u32 to);
s32 sys_lstat(u32 path, u32 to);
s32 sys_fstat(u32 descriptor, u32 to);
s32 sys_stat64(u32 path, u32 to);
s32 sys_lstat64(u32 path, u32 to);
s32 sys_fstat64(u32 descriptor, u32 to);
s32 sys_fstatat64(u32 directory, u32 path, u32 to, u32 flags);
s32 sys_statx(u32 directory, u32 path, u32 flags, u32 mask, u32 to);
s32 sys_statfs(u32 path, u32 to);
s32 sys_fstatfs(u32 descriptor, u32 to);
s32 sys_statfs64(u32 path, u32 size, u32 to);
s32 sys_fstatfs64(u32 descriptor, u32 size, u32 to);
s32 sys_pipe(u32 to);
s32 sys_pipe2(u32 to, u32 flags);
s32 sys_ioctl(u32 descriptor, u32 request, u32 argument);
s32 sys_eventfd(u32 count);
s32 sys_socketcall(u32 which, u32 arguments);
s32 sys_socket(u32 domain, u32 type, u32 protocol);
s32 sys_socketpair(u32 domain, u32 type, u32 protocol, u32 to);
s32 sys_bind(u32 descriptor, u32 at, u32 length);
s32 sys_connect(u32 descriptor, u32 at, u32 length);
s32 sys_listen(u32 descriptor, u32 backlog);
s32 sys_accept4(u32 descriptor, u32 at, u32 length_at, u32 flags);
s32 sys_getsockopt(u32 descriptor, u32 level, u32 name, u32 to, u32 size_at);
s32 sys_setsockopt(u32 descriptor, u32 level, u32 name, u32 from, u32 size);
s32 sys_getsockname(u32 descriptor, u32 at, u32 length_at);
s32 sys_getpeername(u32 descriptor, u32 at, u32 length_at);
s32 sys_sendto(u32 descriptor, u32 buffer, u32 count, u32 flags, u32 at, u32 length);
s32 sys_sendmsg(u32 descriptor, u32 at, u32 flags);
s32 sys_recvfrom(u32 descriptor, u32 buffer, u32 count, u32 flags, u32 at, u32 length_at);
s32 sys_recvmsg(u32 descriptor, u32 at, u32 flags);
s32 sys_shutdown(u32 descriptor, u32 how);
s32 sys_eventfd2(u32 count, u32 flags);
s32 sys_timerfd_create(u32 clock, u32 flags);
s32 sys_timerfd_settime(u32 descriptor, u32 flags, u32 from, u32 old);
s32 sys_timerfd_settime64(u32 descriptor, u32 flags, u32 from, u32 old);
s32 sys_timerfd_gettime(u32 descriptor, u32 to);
s32 sys_timerfd_gettime64(u32 descriptor, u32 to);
s32 sys_signalfd(s32 descriptor, u32 mask_at, u32 size);
s32 sys_signalfd4(s32 descriptor, u32 mask_at, u32 size, u32 flags);
s32 sys_epoll_create(s32 size);
s32 sys_epoll_create1(u32 flags);
s32 sys_epoll_ctl(u32 set_descriptor, u32 operation, u32 descriptor, u32 event_at);
s32 sys_epoll_wait(u32 descriptor, u32 to, u32 most, s32 milliseconds);
s32 sys_epoll_pwait(u32 descriptor, u32 to, u32 most, s32 milliseconds, u32 mask, u32 mask_size);
s32 sys_epoll_pwait2(u32 descriptor, u32 to, u32 most, u32 timeout_at, u32 mask, u32 mask_size);

#define FILE_CALLS \
    [3] = CALL(sys_read), [4] = CALL(sys_write), [5] = CALL(sys_open), [6] = CALL(sys_close), [8] = CALL(sys_creat), \
    [9] = CALL(sys_link), [10] = CALL(sys_unlink), [12] = CALL(sys_chdir), [14] = CALL(sys_mknod), \
    [15] = CALL(sys_chmod), [16] = CALL(sys_lchown), [19] = CALL(sys_lseek), [30] = CALL(sys_utime), \
    [33] = CALL(sys_access), [36] = CALL(sys_sync), [38] = CALL(sys_rename), [39] = CALL(sys_mkdir), \
    [40] = CALL(sys_rmdir), [41] = CALL(sys_dup), [42] = CALL(sys_pipe), [54] = CALL(sys_ioctl), \
    [55] = CALL(sys_fcntl), [60] = CALL(sys_umask), [61] = CALL(sys_chroot), [63] = CALL(sys_dup2), \
    [82] = CALL(sys_old_select), [83] = CALL(sys_symlink), [85] = CALL(sys_readlink), [92] = CALL(sys_truncate), \
    [93] = CALL(sys_ftruncate), [94] = CALL(sys_fchmod), [95] = CALL(sys_fchown), [99] = CALL(sys_statfs), \
    [100] = CALL(sys_fstatfs), [106] = CALL(sys_stat), [107] = CALL(sys_lstat), [108] = CALL(sys_fstat), \
    [118] = CALL(sys_fsync), [133] = CALL(sys_fchdir), [140] = CALL(sys_llseek), [141] = CALL(sys_getdents), \
    [142] = CALL(sys_select), [145] = CALL(sys_readv), [146] = CALL(sys_writev), [148] = CALL(sys_fsync), \
    [168] = CALL(sys_poll), [180] = CALL(sys_pread64), [181] = CALL(sys_pwrite64), [182] = CALL(sys_chown), \
    [183] = CALL(sys_getcwd), [187] = CALL(sys_sendfile), [193] = CALL(sys_truncate64), [194] = CALL(sys_ftruncate64), \
    [195] = CALL(sys_stat64), [196] = CALL(sys_lstat64), [197] = CALL(sys_fstat64), [198] = CALL(sys_lchown32), \
    [207] = CALL(sys_fchown32), [212] = CALL(sys_chown32), [220] = CALL(sys_getdents64), [221] = CALL(sys_fcntl64), \
    [239] = CALL(sys_sendfile64), [268] = CALL(sys_statfs64), [269] = CALL(sys_fstatfs64), [271] = CALL(sys_utimes), \
    [295] = CALL(sys_openat), [296] = CALL(sys_mkdirat), [297] = CALL(sys_mknodat), [298] = CALL(sys_fchownat), \
    [299] = CALL(sys_futimesat), [300] = CALL(sys_fstatat64), [301] = CALL(sys_unlinkat), [302] = CALL(sys_renameat), \
    [303] = CALL(sys_linkat), [304] = CALL(sys_symlinkat), [305] = CALL(sys_readlinkat), [306] = CALL(sys_fchmodat), \
    [307] = CALL(sys_faccessat), [308] = CALL(sys_pselect6), [309] = CALL(sys_ppoll), [320] = CALL(sys_utimensat), \
    [330] = CALL(sys_dup3), [331] = CALL(sys_pipe2), [333] = CALL(sys_preadv), [334] = CALL(sys_pwritev), \
    [344] = CALL(sys_syncfs), [353] = CALL(sys_renameat2), [378] = CALL(sys_preadv2), [379] = CALL(sys_pwritev2), \
    [383] = CALL(sys_statx), [412] = CALL(sys_utimensat64), [413] = CALL(sys_pselect6_64), [414] = CALL(sys_ppoll64), \
    [436] = CALL(sys_close_range), [439] = CALL(sys_faccessat2), \
    [143] = CALL(sys_flock), [225] = CALL(sys_fadvise), [250] = CALL(sys_fadvise), [272] = CALL(sys_fadvise), [324] = CALL(sys_fallocate), \
    [254] = CALL(sys_epoll_create), [255] = CALL(sys_epoll_ctl), [256] = CALL(sys_epoll_wait), [319] = CALL(sys_epoll_pwait), \
    [321] = CALL(sys_signalfd), [322] = CALL(sys_timerfd_create), [323] = CALL(sys_eventfd), [325] = CALL(sys_timerfd_settime), \
    [326] = CALL(sys_timerfd_gettime), [327] = CALL(sys_signalfd4), [328] = CALL(sys_eventfd2), [329] = CALL(sys_epoll_create1), \
    [410] = CALL(sys_timerfd_gettime64), [411] = CALL(sys_timerfd_settime64), [441] = CALL(sys_epoll_pwait2), \
    [102] = CALL(sys_socketcall), [359] = CALL(sys_socket), [360] = CALL(sys_socketpair), [361] = CALL(sys_bind), \
    [362] = CALL(sys_connect), [363] = CALL(sys_listen), [364] = CALL(sys_accept4), [365] = CALL(sys_getsockopt), \
    [366] = CALL(sys_setsockopt), [367] = CALL(sys_getsockname), [368] = CALL(sys_getpeername), [369] = CALL(sys_sendto), \
    [370] = CALL(sys_sendmsg), [371] = CALL(sys_recvfrom), [372] = CALL(sys_recvmsg), [373] = CALL(sys_shutdown),
