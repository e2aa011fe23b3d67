/** System calls as text: arguments by kind, results, lines when processes come between each other. */
import { describe, expect, it } from 'vitest';
import { argumentTexts } from '../../src/inspect/system-calls/arguments.ts';
import { systemCallNumber } from '../../src/inspect/system-calls/names.ts';
import { signatureOf, signedNames } from '../../src/inspect/system-calls/signatures.ts';
import type { CallMemory } from '../../src/inspect/system-calls/structures.ts';
import { SystemCallTrace } from '../../src/inspect/system-calls/trace.ts';

/** Memory with pieces here and there; nothing else is mapped. */
function memory(pieces: Readonly<Record<number, string | readonly number[]>>): CallMemory {
  const bytes = new Map<number, number>();
  for (const [at, content] of Object.entries(pieces)) {
    const list =
      typeof content === 'string'
        ? [...content].map(c => c.charCodeAt(0))
        : content.flatMap(word => [word & 255, (word >> 8) & 255, (word >> 16) & 255, word >>> 24]);
    for (const [i, byte] of list.entries()) bytes.set(Number(at) + i, byte);
  }
  return {
    bytes: (linear, count) => {
      const found: number[] = [];
      for (let i = 0; i < count && bytes.has(linear + i); i++) found.push(bytes.get(linear + i)!);
      return Uint8Array.from(found);
    },
  };
}

it('every signature is of a call that there is', () => {
  expect(signedNames.filter(name => systemCallNumber(name) === undefined)).toEqual([]);
});

describe('arguments', () => {
  const at = 0x1000;
  it.each<
    [
      string,
      readonly number[],
      Readonly<Record<number, string | readonly number[]>>,
      number | undefined,
      (string | null | undefined)[],
    ]
  >([
    ['open', [at, 0, 0], { [at]: '/etc/motd\0' }, undefined, ['"/etc/motd"', 'O_RDONLY', null]],
    ['open', [at, 0o1101, 0o644], { [at]: 'a\0' }, 3, ['"a"', 'O_WRONLY|O_CREAT|O_TRUNC', '0644']],
    [
      'openat',
      [-100, at, 0o2200000, 0],
      { [at]: '.\0' },
      3,
      ['AT_FDCWD', '"."', 'O_RDONLY|O_DIRECTORY|O_CLOEXEC', null],
    ],
    ['write', [1, at, 3], { [at]: 'a\n"' }, undefined, ['1', '"a\\n\\""', '3']],
    ['write', [1, at, 40], { [at]: 'x'.repeat(40) }, undefined, ['1', `"${'x'.repeat(32)}"...`, '40']],
    ['write', [1, at, 3], {}, undefined, ['1', undefined, '3']],
    ['write', [1, 0, 3], {}, undefined, ['1', 'NULL', '3']],
    ['write', [1, at, 3], { [at]: '\x011\xff' }, undefined, ['1', '"\\0011\\377"', '3']],
    ['read', [0, at, 100], { [at]: 'abc' }, undefined, ['0', undefined, '100']],
    ['read', [0, at, 100], { [at]: 'abc' }, 3, ['0', '"abc"', '100']],
    ['read', [0, at, 100], {}, -9, ['0', '0x1000', '100']],
    [
      'mmap2',
      [0, 4096, 3, 0x22, -1, 0],
      {},
      undefined,
      ['NULL', '4096', 'PROT_READ|PROT_WRITE', 'MAP_PRIVATE|MAP_ANONYMOUS', '-1', '0'],
    ],
    ['mprotect', [at, 1, 0], {}, undefined, ['0x1000', '1', 'PROT_NONE']],
    ['mprotect', [at, 1, 0x80], {}, undefined, ['0x1000', '1', '0x80 /* PROT_??? */']],
    ['_llseek', [3, 0, 10, at, 1], { [at]: [10, 0] }, 0, ['3', '10', null, '[10]', 'SEEK_CUR']],
    ['pread64', [3, at, 4, 1, 1], { [at]: 'abcd' }, 4, ['3', '"abcd"', '4', '4294967297', null]],
    [
      'clone',
      [0x01200011, 0, 0, 0, 0],
      {},
      undefined,
      ['CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD', 'NULL', 'NULL', 'NULL', 'NULL'],
    ],
    ['kill', [5, 15], {}, undefined, ['5', 'SIGTERM']],
    ['rt_sigprocmask', [0, at, 0, 8], { [at]: [2, 0] }, 0, ['SIG_BLOCK', '[INT]', 'NULL', '8']],
    ['rt_sigprocmask', [2, at, 0, 8], { [at]: [-1, -1] }, 0, ['SIG_SETMASK', '~[]', 'NULL', '8']],
    [
      'rt_sigaction',
      [11, at, 0, 8],
      { [at]: [0x8049000, 0x04000004, 0x8049100, 0, 0] },
      0,
      [
        'SIGSEGV',
        '{sa_sigaction=0x8049000, sa_mask=[], sa_flags=SA_RESTORER|SA_SIGINFO, sa_restorer=0x8049100}',
        'NULL',
        '8',
      ],
    ],
    [
      'execve',
      [at, 0x2000, 0x3000],
      { [at]: '/bin/x\0', 8192: [0x1000, 0], 12288: [0x1000, 0x1000, 0] },
      undefined,
      ['"/bin/x"', '["/bin/x"]', '0x3000 /* 2 vars */'],
    ],
    ['waitpid', [-1, at, 1], { [at]: [0x2a00] }, 7, ['-1', '[{WIFEXITED(s) && WEXITSTATUS(s) == 42}]', 'WNOHANG']],
    ['wait4', [-1, at, 0, 0], { [at]: [11] }, 7, ['-1', '[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV}]', '0', 'NULL']],
    ['pipe', [at], { [at]: [3, 4] }, 0, ['[3, 4]']],
    [
      'writev',
      [1, at, 2],
      { [at]: [0x2000, 2, 0x2002, 1], 8192: 'ab\n' },
      3,
      ['1', '[{iov_base="ab", iov_len=2}, {iov_base="\\n", iov_len=1}]', '2'],
    ],
    ['nanosleep', [at, 0], { [at]: [1, 500] }, 0, ['{tv_sec=1, tv_nsec=500}', 'NULL']],
    [
      'ugetrlimit',
      [3, at],
      { [at]: [8388608, -1] },
      0,
      ['RLIMIT_STACK', '{rlim_cur=8192*1024, rlim_max=RLIM_INFINITY}'],
    ],
    ['ioctl', [0, 0x5401, at], {}, -25, ['0', 'TCGETS', '0x1000']],
    ['fcntl64', [3, 4, 0o4000], {}, 0, ['3', 'F_SETFL', 'O_RDONLY|O_NONBLOCK']],
    ['fcntl64', [3, 1, 77], {}, 1, ['3', 'F_GETFD', null]],
    ['getrandom', [at, 2, 1], { [at]: '\x01\xfe' }, 2, ['"\\x01\\xfe"', '2', 'GRND_NONBLOCK']],
  ])('%s %j', (name, values, pieces, result, expected) => {
    const call = { values: values.map(v => v >>> 0), memory: memory(pieces), result };
    expect(argumentTexts(signatureOf(name).arguments, call)).toEqual(expected);
  });
});

describe('lines', () => {
  const nothing = memory({});
  const start = () => {
    const lines: string[] = [];
    const trace = new SystemCallTrace({ line: text => lines.push(text.replace(/\) +=/, ') =')) });
    let insn = 0;
    return {
      lines,
      trace,
      enter: (pid: number, name: string, values: readonly number[], from = nothing) =>
        trace.enter({ pid, insn: ++insn, number: systemCallNumber(name)!, values, eip: 0x100 }, from),
      leave: (pid: number, eax: number, eip = 0x100, from = nothing, esp = 0) =>
        trace.leave({ pid, insn: ++insn, eip, esp, eax }, from),
    };
  };

  it('results', () => {
    const { lines, enter, leave } = start();
    for (const [name, values, eax] of [
      ['getpid', [], 5],
      ['brk', [0], 0x8052000],
      ['close', [9], -9],
      ['umask', [0o22], 0o77],
      ['alarm', [1], 0],
    ] as const) {
      enter(1, name, values);
      leave(1, eax);
    }
    expect(lines).toEqual([
      'getpid() = 5',
      'brk(NULL) = 0x8052000',
      'close(9) = -1 EBADF (Bad file descriptor)',
      'umask(022) = 077',
      'alarm(1) = 0',
    ]);
  });

  it('another process between', () => {
    const { lines, enter, leave } = start();
    enter(1, 'fork', []);
    leave(1, 2);
    enter(1, 'waitpid', [2, 0x2000, 0]);
    leave(2, 0);
    enter(2, 'getpid', []);
    leave(2, 2);
    leave(1, 2, 0x100, memory({ 8192: [0] }));
    expect(lines).toEqual([
      'fork() = 2',
      '[pid     1] waitpid(2,  <unfinished ...>',
      'real86: Process 2 attached',
      '[pid     2] getpid() = 2',
      '[pid     2] +++ exited with 0 +++',
      '[pid     1] <... waitpid resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0) = 2',
    ]);
  });

  it('a signal with its handler', () => {
    const { lines, enter, leave } = start();
    enter(1, 'rt_sigaction', [10, 0x2000, 0, 8], memory({ 8192: [0x500, 4, 0] }));
    leave(1, 0, 0x100, memory({ 8192: [0x500, 4, 0, 0, 0] }));
    enter(1, 'read', [0, 0x3000, 1]);
    // rt_sigframe at 4000h: return address, signal, siginfo at 4100h, ucontext at 4200h (EAX at 20 + 44, EIP at 20 + 56).
    const words = (count: number, set: Record<number, number>) => Array.from({ length: count }, (_, i) => set[i] ?? 0);
    const frame = memory({
      16384: [0x600, 10, 0x4100, 0x4200],
      16640: words(32, { 0: 10, 2: 0, 3: 77, 4: 0 }),
      16896: words(40, { 16: -4, 19: 0x100 }),
    });
    leave(1, 10, 0x500, frame, 0x4000);
    expect(lines.slice(1)).toEqual([
      'read(0, 0x3000, 1) = -1 EINTR (Interrupted system call)',
      '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=77, si_uid=0} ---',
    ]);
  });

  it('the end of a process', () => {
    const { lines, enter, trace } = start();
    enter(1, 'exit_group', [3]);
    trace.end({ pid: 1, insn: 9, status: 3 << 8 });
    expect(lines).toEqual(['exit_group(3) = ?', '+++ exited with 3 +++']);
  });

  it('the end of a process that another waits for', () => {
    const { lines, enter, leave } = start();
    enter(1, 'fork', []);
    leave(1, 2);
    enter(2, 'pause', []);
    enter(1, 'kill', [2, 9]);
    leave(1, 0);
    enter(1, 'waitpid', [2, 0x2000, 0]);
    leave(1, 2, 0x100, memory({ 8192: [9] }));
    expect(lines.slice(-3)).toEqual([
      '[pid     2] <... pause resumed>) = ?',
      '[pid     2] +++ killed by SIGKILL +++',
      '[pid     1] waitpid(2, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0) = 2',
    ]);
  });

  it('a death by its own signal', () => {
    const { lines, enter, trace } = start();
    enter(1, 'tgkill', [1, 1, 6]);
    trace.end({ pid: 1, insn: 9, status: 6 });
    expect(lines).toEqual([
      'tgkill(1, 1, SIGABRT) = 0',
      '--- SIGABRT {si_signo=SIGABRT, si_code=SI_TKILL, si_pid=1, si_uid=0} ---',
      '+++ killed by SIGABRT +++',
    ]);
  });
});
