/** Names of flags and choices in arguments. Source: Linux, include/uapi and arch/x86/include/uapi; values are those of i386. */

/** Bits that may be set together. `zero`: what no bit at all is called. `choice`: bits that are a number, with its names. */
export interface FlagSet {
  readonly bits: Readonly<Record<string, number>>;
  readonly zero?: string;
  readonly choice?: { readonly mask: number; readonly names: Readonly<Record<number, string>> };
  /** What a bit without a name is marked with, as strace does: `0x80 /* PROT_??? *\/`. */
  readonly family: string;
}

/** `PROT_READ|PROT_WRITE`; what has no name in hexadecimal. */
export function flagText(set: FlagSet, value: number): string {
  let rest = value >>> 0;
  const parts: string[] = [];
  if (set.choice) {
    const chosen = (rest & set.choice.mask) >>> 0;
    const name = set.choice.names[chosen];
    if (name !== undefined) {
      parts.push(name);
      rest = (rest & ~set.choice.mask) >>> 0;
    }
  }
  for (const [name, bit] of Object.entries(set.bits)) {
    if ((rest & bit) >>> 0 !== bit >>> 0) continue;
    parts.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (parts.length === 0 && rest === 0) return set.zero ?? '0';
  if (rest !== 0) parts.push(`0x${rest.toString(16)}${parts.length === 0 ? ` /* ${set.family}??? */` : ''}`);
  return parts.join('|');
}

const AT_FLAGS = {
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_REMOVEDIR: 0x200,
  AT_SYMLINK_FOLLOW: 0x400,
  AT_NO_AUTOMOUNT: 0x800,
  AT_EMPTY_PATH: 0x1000,
};

export const FlagSets = {
  open: {
    family: 'O_',
    choice: { mask: 3, names: { 0: 'O_RDONLY', 1: 'O_WRONLY', 2: 'O_RDWR' } },
    bits: {
      O_CREAT: 0o100,
      O_EXCL: 0o200,
      O_NOCTTY: 0o400,
      O_TRUNC: 0o1000,
      O_APPEND: 0o2000,
      O_NONBLOCK: 0o4000,
      O_SYNC: 0o4010000,
      O_DSYNC: 0o10000,
      O_ASYNC: 0o20000,
      O_DIRECT: 0o40000,
      O_LARGEFILE: 0o100000,
      O_TMPFILE: 0o20200000,
      O_DIRECTORY: 0o200000,
      O_NOFOLLOW: 0o400000,
      O_NOATIME: 0o1000000,
      O_CLOEXEC: 0o2000000,
      O_PATH: 0o10000000,
    },
  },
  protection: {
    family: 'PROT_',
    zero: 'PROT_NONE',
    bits: { PROT_READ: 1, PROT_WRITE: 2, PROT_EXEC: 4, PROT_GROWSDOWN: 0x01000000, PROT_GROWSUP: 0x02000000 },
  },
  map: {
    family: 'MAP_',
    choice: { mask: 15, names: { 1: 'MAP_SHARED', 2: 'MAP_PRIVATE', 3: 'MAP_SHARED_VALIDATE' } },
    bits: {
      MAP_FIXED: 0x10,
      MAP_ANONYMOUS: 0x20,
      MAP_GROWSDOWN: 0x100,
      MAP_DENYWRITE: 0x800,
      MAP_EXECUTABLE: 0x1000,
      MAP_LOCKED: 0x2000,
      MAP_NORESERVE: 0x4000,
      MAP_POPULATE: 0x8000,
      MAP_NONBLOCK: 0x10000,
      MAP_STACK: 0x20000,
      MAP_HUGETLB: 0x40000,
      MAP_FIXED_NOREPLACE: 0x100000,
    },
  },
  remap: { family: 'MREMAP_', bits: { MREMAP_MAYMOVE: 1, MREMAP_FIXED: 2, MREMAP_DONTUNMAP: 4 } },
  sync: { family: 'MS_', bits: { MS_ASYNC: 1, MS_INVALIDATE: 2, MS_SYNC: 4 } },
  access: { family: '?_OK', zero: 'F_OK', bits: { R_OK: 4, W_OK: 2, X_OK: 1 } },
  at: { family: 'AT_', bits: AT_FLAGS },
  statx: {
    family: 'AT_',
    zero: 'AT_STATX_SYNC_AS_STAT',
    bits: { ...AT_FLAGS, AT_STATX_FORCE_SYNC: 0x2000, AT_STATX_DONT_SYNC: 0x4000 },
  },
  statxMask: {
    family: 'STATX_',
    bits: {
      STATX_ALL: 0xfff,
      STATX_BASIC_STATS: 0x7ff,
      STATX_TYPE: 1,
      STATX_MODE: 2,
      STATX_NLINK: 4,
      STATX_UID: 8,
      STATX_GID: 0x10,
      STATX_ATIME: 0x20,
      STATX_MTIME: 0x40,
      STATX_CTIME: 0x80,
      STATX_INO: 0x100,
      STATX_SIZE: 0x200,
      STATX_BLOCKS: 0x400,
      STATX_BTIME: 0x800,
    },
  },
  clone: {
    family: 'CLONE_',
    bits: {
      CLONE_VM: 0x100,
      CLONE_FS: 0x200,
      CLONE_FILES: 0x400,
      CLONE_SIGHAND: 0x800,
      CLONE_PIDFD: 0x1000,
      CLONE_PTRACE: 0x2000,
      CLONE_VFORK: 0x4000,
      CLONE_PARENT: 0x8000,
      CLONE_THREAD: 0x10000,
      CLONE_NEWNS: 0x20000,
      CLONE_SYSVSEM: 0x40000,
      CLONE_SETTLS: 0x80000,
      CLONE_PARENT_SETTID: 0x100000,
      CLONE_CHILD_CLEARTID: 0x200000,
      CLONE_DETACHED: 0x400000,
      CLONE_UNTRACED: 0x800000,
      CLONE_CHILD_SETTID: 0x1000000,
    },
  },
  wait: {
    family: 'W',
    bits: {
      WNOHANG: 1,
      WSTOPPED: 2,
      WEXITED: 4,
      WCONTINUED: 8,
      WNOWAIT: 0x1000000,
      __WALL: 0x40000000,
      __WCLONE: 0x80000000,
    },
  },
  pipe: { family: 'O_', bits: { O_NONBLOCK: 0o4000, O_CLOEXEC: 0o2000000, O_DIRECT: 0o40000 } },
  random: { family: 'GRND_', bits: { GRND_NONBLOCK: 1, GRND_RANDOM: 2, GRND_INSECURE: 4 } },
  rename: { family: 'RENAME_', bits: { RENAME_NOREPLACE: 1, RENAME_EXCHANGE: 2, RENAME_WHITEOUT: 4 } },
  signalAction: {
    family: 'SA_',
    bits: {
      SA_RESTORER: 0x04000000,
      SA_NOCLDSTOP: 1,
      SA_NOCLDWAIT: 2,
      SA_SIGINFO: 4,
      SA_ONSTACK: 0x08000000,
      SA_RESTART: 0x10000000,
      SA_NODEFER: 0x40000000,
      SA_RESETHAND: 0x80000000,
    },
  },
  poll: {
    family: 'POLL',
    bits: {
      POLLIN: 1,
      POLLPRI: 2,
      POLLOUT: 4,
      POLLERR: 8,
      POLLHUP: 16,
      POLLNVAL: 32,
      POLLRDNORM: 64,
      POLLRDBAND: 128,
      POLLWRNORM: 256,
    },
  },
} as const satisfies Record<string, FlagSet>;

export type FlagSetName = keyof typeof FlagSets;

/** Numbers that are one of several. */
export const Choices = {
  whence: { 0: 'SEEK_SET', 1: 'SEEK_CUR', 2: 'SEEK_END', 3: 'SEEK_DATA', 4: 'SEEK_HOLE' },
  clock: {
    0: 'CLOCK_REALTIME',
    1: 'CLOCK_MONOTONIC',
    2: 'CLOCK_PROCESS_CPUTIME_ID',
    3: 'CLOCK_THREAD_CPUTIME_ID',
    4: 'CLOCK_MONOTONIC_RAW',
    5: 'CLOCK_REALTIME_COARSE',
    6: 'CLOCK_MONOTONIC_COARSE',
    7: 'CLOCK_BOOTTIME',
  },
  resource: {
    0: 'RLIMIT_CPU',
    1: 'RLIMIT_FSIZE',
    2: 'RLIMIT_DATA',
    3: 'RLIMIT_STACK',
    4: 'RLIMIT_CORE',
    5: 'RLIMIT_RSS',
    6: 'RLIMIT_NPROC',
    7: 'RLIMIT_NOFILE',
    8: 'RLIMIT_MEMLOCK',
    9: 'RLIMIT_AS',
  },
  usage: { 0: 'RUSAGE_SELF', [-1]: 'RUSAGE_CHILDREN', 1: 'RUSAGE_THREAD' },
  mask: { 0: 'SIG_BLOCK', 1: 'SIG_UNBLOCK', 2: 'SIG_SETMASK' },
  advice: {
    0: 'MADV_NORMAL',
    1: 'MADV_RANDOM',
    2: 'MADV_SEQUENTIAL',
    3: 'MADV_WILLNEED',
    4: 'MADV_DONTNEED',
    8: 'MADV_FREE',
    9: 'MADV_REMOVE',
    10: 'MADV_DONTFORK',
    11: 'MADV_DOFORK',
    14: 'MADV_HUGEPAGE',
    15: 'MADV_NOHUGEPAGE',
  },
  fcntl: {
    0: 'F_DUPFD',
    1: 'F_GETFD',
    2: 'F_SETFD',
    3: 'F_GETFL',
    4: 'F_SETFL',
    5: 'F_GETLK',
    6: 'F_SETLK',
    7: 'F_SETLKW',
    8: 'F_SETOWN',
    9: 'F_GETOWN',
    12: 'F_GETLK64',
    13: 'F_SETLK64',
    14: 'F_SETLKW64',
    1030: 'F_DUPFD_CLOEXEC',
  },
  ioctl: {
    21505: 'TCGETS',
    21506: 'TCSETS',
    21507: 'TCSETSW',
    21508: 'TCSETSF',
    21519: 'TIOCGPGRP',
    21520: 'TIOCSPGRP',
    21523: 'TIOCGWINSZ',
    21524: 'TIOCSWINSZ',
    21531: 'FIONREAD',
    21537: 'FIONBIO',
    21538: 'TIOCNOTTY',
    21518: 'TIOCSCTTY',
  },
  interval: { 0: 'ITIMER_REAL', 1: 'ITIMER_VIRTUAL', 2: 'ITIMER_PROF' },
  prctl: {
    1: 'PR_SET_PDEATHSIG',
    3: 'PR_GET_DUMPABLE',
    4: 'PR_SET_DUMPABLE',
    15: 'PR_SET_NAME',
    16: 'PR_GET_NAME',
    38: 'PR_SET_NO_NEW_PRIVS',
  },
} as const satisfies Record<string, Readonly<Record<number, string>>>;

export type ChoiceName = keyof typeof Choices;

const SIGNALS =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );
const FIRST_REAL_TIME = 32;
const LAST_SIGNAL = 64;

/** `SIGSEGV`, `SIGRT_3`; undefined for a number that is no signal. */
export function signalName(number: number): string | undefined {
  const name = SIGNALS[number - 1];
  if (name !== undefined) return `SIG${name}`;
  return number >= FIRST_REAL_TIME && number <= LAST_SIGNAL ? `SIGRT_${number - FIRST_REAL_TIME}` : undefined;
}

/** `[INT TERM]`, and `~[]` for all; of one or two words, lowest signals first. */
export function signalSetText(words: readonly number[]): string {
  const members: string[] = [];
  const missing: string[] = [];
  for (let signal = 1; signal <= words.length * 32; signal++) {
    const name = signalName(signal)?.replace(/^SIG/, '') ?? String(signal);
    (((words[(signal - 1) >> 5]! >>> ((signal - 1) & 31)) & 1) === 1 ? members : missing).push(name);
  }
  return missing.length < members.length ? `~[${missing.join(' ')}]` : `[${members.join(' ')}]`;
}
