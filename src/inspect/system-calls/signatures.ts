/**
 * What the arguments of system calls are: `name argument...`, and after `=` what the result is. Those not listed are shown with four hexadecimal arguments.
 *
 *   int uint hex octal fd dirfd pid uid signal whence... fdset: see Kinds in arguments.ts
 *   path        text to its NUL             strings  array of pointers to texts       env  the same, counted
 *   in:N out:N  bytes at the pointer; as many as argument N says (counted from 0), or R: the result, which is there after the call only
 *   !flags      flags of flags.ts           ?choice  one of a list there              {kind  structure that is read before, }kind: filled in by the call
 *   low high    two words of a 64-bit offset, shown as one number
 */
const SIGNATURES = `
exit int = never
fork = pid
read fd out:R uint
write fd in:2 uint
open path !open mode
close fd
waitpid pid }status !wait = pid
creat path octal
link path path
unlink path
execve path strings env
chdir path
time }word
mknod path octal hex
chmod path octal
lchown path uid uid
lseek fd int ?whence
getpid = pid
getuid = uid
alarm uint
pause
access path !access
nice int
sync
kill pid signal
rename path path
mkdir path octal
rmdir path
dup fd
pipe }pair
times }ptr
brk ptr = ptr
getgid = uid
signal signal handler = ptr
geteuid = uid
getegid = uid
ioctl fd ?ioctl ptr
fcntl fd ?fcntl fcntl
setpgid pid pid
umask octal = octal
dup2 fd fd
getppid = pid
getpgrp = pid
setsid = pid
sigaction signal {action }action
setrlimit ?resource {limit
getrlimit ?resource }limit
getrusage ?usage }ptr
gettimeofday }timeval ptr
settimeofday {timeval ptr
select int ptr ptr ptr {timeval
symlink path path
readlink path out:R uint
reboot hex hex hex
mmap mmapargs = ptr
munmap ptr uint
truncate path uint
ftruncate fd uint
fchmod fd octal
fchown fd uid uid
statfs path ptr
fstatfs fd ptr
setitimer ?interval {itimer }itimer
getitimer ?interval }itimer
stat path }ptr
lstat path }ptr
fstat fd }ptr
wait4 pid }status !wait ptr = pid
sysinfo }ptr
fsync fd
sigreturn = never
clone !clone ptr ptr ptr ptr = pid
uname }utsname
mprotect ptr uint !protection
sigprocmask ?mask {set1 }set1
getpgid pid = pid
fchdir fd
personality hex = hex
_llseek fd high low }off64 ?whence
getdents fd }ptr uint
_newselect int ptr ptr ptr {timeval
flock fd int
msync ptr uint !sync
readv fd }iov:R uint
writev fd {iov uint
getsid pid = pid
fdatasync fd
mlock ptr uint
munlock ptr uint
mlockall hex
munlockall
sched_yield
nanosleep {timespec }timespec
mremap ptr uint uint !remap newptr = ptr
poll {poll uint int
prctl ?prctl hex hex hex hex
rt_sigreturn = never
rt_sigaction signal {rtaction }rtaction uint
rt_sigprocmask ?mask {set2 }set2 uint
rt_sigpending }set2 uint
rt_sigtimedwait {set2 }ptr {timespec uint = signal
rt_sigsuspend {set2 uint
pread64 fd out:R uint low high
pwrite64 fd in:2 uint low high
chown path uid uid
getcwd out:R uint
sigaltstack {stack }stack
sendfile fd fd ptr uint
vfork = pid
ugetrlimit ?resource }limit
mmap2 ptr uint !protection !map fd pages = ptr
truncate64 path low high
ftruncate64 fd low high
stat64 path }stat64
lstat64 path }stat64
fstat64 fd }stat64
lchown32 path uid uid
getuid32 = uid
getgid32 = uid
geteuid32 = uid
getegid32 = uid
setreuid32 uid uid
setregid32 uid uid
getgroups32 int ptr
setgroups32 int ptr
fchown32 fd uid uid
setresuid32 uid uid uid
setresgid32 uid uid uid
chown32 path uid uid
setuid32 uid
setgid32 uid
mincore ptr uint }ptr
madvise ptr uint ?advice
getdents64 fd }ptr uint
fcntl64 fd ?fcntl fcntl
gettid = pid
tkill pid signal
sendfile64 fd fd ptr uint
futex ptr futex int ptr ptr hex
sched_setaffinity pid uint ptr
sched_getaffinity pid uint }ptr
set_thread_area {}userdesc
get_thread_area {}userdesc
exit_group int = never
set_tid_address ptr = pid
clock_settime ?clock {timespec
clock_gettime ?clock }timespec
clock_getres ?clock }timespec
clock_nanosleep ?clock hex {timespec }timespec
statfs64 path uint ptr
fstatfs64 fd uint ptr
tgkill pid pid signal
utimes path ptr
waitid int pid ptr !wait ptr
openat dirfd path !open mode
mkdirat dirfd path octal
mknodat dirfd path octal hex
fchownat dirfd path uid uid !at
fstatat64 dirfd path }stat64 !at
unlinkat dirfd path !at
renameat dirfd path dirfd path
linkat dirfd path dirfd path !at
symlinkat path dirfd path
readlinkat dirfd path out:R uint
fchmodat dirfd path octal
faccessat dirfd path !access
pselect6 int ptr ptr ptr {timespec ptr
ppoll {poll uint {timespec {set2 uint
set_robust_list ptr uint
get_robust_list pid ptr ptr
utimensat dirfd path ptr !at
dup3 fd fd !pipe
pipe2 }pair !pipe
prlimit64 pid ?resource {limit64 }limit64
renameat2 dirfd path dirfd path !rename
getrandom outhex:R uint !random
execveat dirfd path strings env !at
statx dirfd path !statx !statxMask }statx
rseq ptr uint hex hex
clock_gettime64 ?clock }timespec64
clock_settime64 ?clock {timespec64
clock_getres_time64 ?clock }timespec64
clock_nanosleep_time64 ?clock hex {timespec64 }timespec64
utimensat_time64 dirfd path ptr !at
pselect6_time64 int ptr ptr ptr {timespec64 ptr
ppoll_time64 {poll uint {timespec64 {set2 uint
rt_sigtimedwait_time64 {set2 }ptr {timespec64 uint = signal
futex_time64 ptr futex int ptr ptr hex
clone3 ptr uint = pid
faccessat2 dirfd path !access !at
`;

export type ResultKind = 'int' | 'ptr' | 'hex' | 'octal' | 'pid' | 'uid' | 'signal' | 'never';

export interface Signature {
  readonly arguments: readonly string[];
  readonly result: ResultKind;
}

const UNKNOWN: Signature = { arguments: ['hex', 'hex', 'hex', 'hex'], result: 'int' };

const table: ReadonlyMap<string, Signature> = new Map(
  SIGNATURES.trim()
    .split('\n')
    .map(row => {
      const [left = '', result = 'int'] = row.split(' = ');
      const [name = '', ...list] = left.trim().replace(/ =.*/, '').split(' ');
      return [name, { arguments: list, result: result as ResultKind }];
    }),
);

export function signatureOf(name: string): Signature {
  return table.get(name) ?? UNKNOWN;
}

/** For the test that compares it with the list of names. */
export const signedNames: readonly string[] = [...table.keys()];
