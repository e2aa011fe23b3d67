/** The commands that look on, as a user has them: trace and maps; and what fault reports tell by a second run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/session/report.ts';
import { some } from '../setup/share.ts';
import { file, real86, withCli } from './cli.ts';
import { violations } from './schema.ts';

withCli();

const schema = JSON.parse(readFileSync('docs/report.schema.json', 'utf8'));

describe('trace --syscalls', () => {
  it('is as strace has it, beside the streams of the program', async () => {
    const { code, stdout, stderr } = await real86(['trace', '--syscalls', 'cat'], { input: 'one\n' });
    expect([code, stdout]).toEqual([0, 'one\n']);
    expect(stderr.split('\n')).toEqual([
      'read(0, "one\\n", 16384)                 = 4',
      'write(1, "one\\n", 4)                    = 4',
      'read(0, "", 16384)                      = 0',
      'exit_group(0)                           = ?',
      '+++ exited with 0 +++',
      '',
    ]);
  });

  it.each(
    some<[string, number, RegExp]>(
      [
        [
          'fault-null',
          139,
          /^--- SIGSEGV \{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL\} ---\n\+\+\+ killed by SIGSEGV \+\+\+$/m,
        ],
        ['fault-rodata', 139, /si_code=SEGV_ACCERR, si_addr=0x[0-9a-f]+\}/],
        ['fault-divide', 136, /si_signo=SIGFPE, si_code=FPE_INTDIV/],
        ['fault-double-free', 134, /^kill\(1, SIGABRT\) += 0\n--- SIGABRT/m],
      ],
      2,
    ),
  )('%s', async (program, code, expected) => {
    const result = await real86(['trace', '--syscalls', program]);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(expected);
  });
});

describe('trace --alloc', () => {
  it('tells where each malloc got its memory, and by whom', async () => {
    const { stderr } = await real86(['trace', '--alloc', 'alloc']);
    expect(stderr).toMatch(
      /^#1 +malloc\(100\) += 0x[0-9a-f]{8} +brk 0x[0-9a-f]+ -> 0x[0-9a-f]+ \(\+68 KiB\) +allocate\+0x[0-9a-f]+ \(alloc\.c:13\)$/m,
    );
    expect(stderr).toMatch(/^#3 +malloc\(100\) .* reuse of #1 /m);
    expect(stderr).toMatch(/^#5 +malloc\(131,072\) .* mmap 132 KiB /m);
    expect(stderr).toMatch(/^ +free\(0x[0-9a-f]+\) +#15 \(2\.0 KiB\), brk .* \(-800 KiB\)/m);
    expect(stderr).toMatch(/^15 requests: 1 by reuse, 2 from unused memory, 10 by brk, 2 by mmap; 15 frees$/m);
  });

  it('sees double frees, also in calls that never return', async () => {
    const { code, stderr } = await real86(['trace', '--alloc', 'fault-double-free']);
    expect(code).toBe(134);
    expect(stderr).toMatch(/free\(0x[0-9a-f]+\) +does not return/);
    expect(stderr).toMatch(/DOUBLE FREE: 0x[0-9a-f]+ is #1, 100 bytes from main\+.*freed by main\+/);
  });

  it('writes a page that needs nothing else, and a report that fits its schema', async () => {
    const page = file('heap.html');
    const path = file('trace.json');
    const { code, stderr } = await real86([
      'trace',
      '--alloc',
      '--syscalls',
      '--html',
      page,
      '--report',
      path,
      '--log',
      file('log'),
      'alloc',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    const html = readFileSync(page, 'utf8');
    expect(html).not.toMatch(/(src|href)=|https?:/);
    const [, data] = /<script id="data" type="application\/json">(.*?)<\/script>/s.exec(html)!;
    expect(JSON.parse(data!).rows).toHaveLength(30);
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
    expect(violations(schema, report)).toEqual([]);
    expect(report.trace!.allocations!.events).toHaveLength(30);
    expect(report.trace!.systemCalls!.length).toBeGreaterThan(10);
  });

  it('names hostile programs harmlessly in the page', async () => {
    const path = file('<img src=x>.html');
    const program = file('<b>', readFileSync('guests/programs/bin/alloc'));
    await real86(['trace', '--alloc', '--html', path, program]);
    expect(readFileSync(path, 'utf8')).not.toContain('<b>');
  });
});

it('a traced run is the run: instructions, memory, output', async () => {
  const run = async (args: readonly string[]): Promise<unknown> => {
    const path = file(`report-${args.length}-${args[0]}.json`);
    const { stdout } = await real86([...args, '--report', path, '--log', file('log'), 'story']);
    const { insns, memoryHash } = JSON.parse(readFileSync(path, 'utf8')) as Report;
    return { stdout, insns, memoryHash };
  };
  expect(await run(['trace', '--syscalls', '--alloc'])).toEqual(await run(['run']));
});

describe('maps', () => {
  it('is /proc/self/maps and a picture', async () => {
    const { code, stdout } = await real86(['maps', '--no-aslr', '--at', 'main', 'alloc']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^pid 1 alloc {2}insn #[\d,]+ {2}at 0x08049000 main \(alloc\.c:36\)\n\n08048000-08049000 r--p 00000000 08:01 12 {9}\/bin\/alloc\n08049000-0804c000 r-xp 00001000 /,
    );
    expect(stdout).toMatch(/^bffde000-c0000000 rw-p 00000000 00:00 0 {10}\[stack\]$/m);
    expect(stdout).toMatch(/^0xc0000000 \+-+\+$/m);
    expect(stdout).toMatch(/\| text of \/bin\/alloc +\| {2}r-x {2}12 KiB, 4 KiB in memory\n.*<- EIP 0x08049000/);
  });

  it('shows what the program prints on stderr, and the maps at its end', async () => {
    const { code, stdout, stderr } = await real86(['maps', 'hello']);
    expect([code, stderr]).toEqual([0, 'Hello, world\n']);
    expect(stdout).toMatch(/at its exit with 0/);
  });

  it.each<[string, RegExp]>([
    ['alloc.c:40', /at 0x0804904e main\+0x4e \(alloc\.c:40\)/],
    ['0x08049000', /at 0x08049000 main/],
    ['350000', /insn #350,000 {2}(at|in the kernel)/],
    ['free', /at 0x[0-9a-f]+ free \(free\.c:7\)/],
  ])('--at %s', async (at, expected) => {
    const { code, stdout } = await real86(['maps', '--at', at, 'alloc']);
    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
  });
});

describe('what is wrong', () => {
  it.each<[readonly string[], RegExp]>([
    [['trace', 'hello'], /^real86: trace needs --syscalls or --alloc: real86 trace --alloc hello\n$/],
    [['trace', '--syscalls', '--html', 'x', 'hello'], /^real86: --html shows allocations: it needs --alloc\n$/],
    [['trace', '--alloc'], /^real86: trace needs a file/],
    [['trace', '--syscals', 'hello'], /unknown flag --syscals \(did you mean --syscalls\?\)/],
    [['trace', '--alloc', 'hello', 'x'], /put -- before the program's own, as in real86 trace --alloc hello -- x/],
    [['trace', '--alloc', '--html', '/no/such/folder/x.html', 'hello'], /cannot be written: no such folder/],
    [['maps', '--at', 'mian', 'alloc'], /--at mian: alloc has no symbol mian \(did you mean main\?\)/],
    [
      ['maps', '--at', '???', 'alloc'],
      /--at \?\?\?: expected a function, FILE:LINE, 0xADDRESS or the number of an instruction/,
    ],
    [['maps', '--at', 'foo.c:3', 'alloc'], /has no source file foo\.c/],
    [['maps', '--at', '0x1234', 'alloc'], /never reached: the program exited with 0 after [\d,]+ instructions/],
    [['maps', '--at', '50000', 'alloc'], /there is no process yet after 50,000 instructions/],
  ])('%j', async (args, expected) => {
    const { code, stderr, stdout } = await real86(args);
    expect([code, stdout]).toEqual([125, '']);
    expect(stderr).toMatch(expected);
  });

  it('ends quietly when nobody reads', async () => {
    const { code, stderr } = await real86(['trace', '--syscalls', '--log', file('log'), 'cat'], {
      input: 'y\n'.repeat(200000),
      closeAt: 'y',
    });
    expect([code, stderr]).toEqual([141, '']);
  });

  it('ends by ^C with what was under way', async () => {
    const { code, stderr } = await real86(['trace', '--syscalls', 'guess'], { signalAt: ['?', 'SIGINT'] });
    expect(code).toBe(130);
    expect(stderr).toMatch(/^read\(0, 0x[0-9a-f]+, \d+\) += \?$/m);
  });
});

describe('fault reports know what happened before', () => {
  it.each(
    some<[string, RegExp[]]>(
      [
        [
          'fault-wild',
          [
            /where 0xdeadbeef came from, latest first:\n.*mov eax,dword \[esp\+0x1c\]\n.*mov dword \[esp\+0x1c\],eax\n.*mov eax,0xdeadbeef\n/,
          ],
        ],
        [
          'fault-munmap',
          [
            /Use after free: 0x[0-9a-f]+ is byte 0 of a block of 1 MiB \(#1\) from main\+0x[0-9a-f]+ \(munmap\.c:7\), freed by main\+0x[0-9a-f]+ \(munmap\.c:11\) at insn #[\d,]+; the page went back to the kernel by munmap/,
          ],
        ],
        [
          'fault-stack',
          [
            /<descend\+0x[0-9a-f]+> {2}stack\.c:11 {3}.* \([\d,]+ times\)$/m,
            /<main\+0x[0-9a-f]+> {2}stack\.c:16 {3}return descend\(0\);/,
          ],
        ],
        ['fault-mprotect', [/read-only\. It has been so since insn #[\d,]+, by mprotect in main\+/]],
        [
          'fault-double-free',
          [
            /DOUBLE FREE: .*freed by main\+0x[0-9a-f]+ \(double-free\.c:9\).*now by main\+0x[0-9a-f]+ \(double-free\.c:10\)/,
            /<abort\+/,
          ],
        ],
        ['fault-null', [/^SIGSEGV .*<main\+0x[0-9a-f]+> {2}null\.c:7 {3}return \*p;$/m]],
      ],
      4,
    ),
  )('%s', async (program, expected) => {
    const path = file(`${program}.json`);
    const { stderr } = await real86(['run', '--report', path, program]);
    for (const text of expected) expect(stderr).toMatch(text);
    expect(violations(schema, JSON.parse(readFileSync(path, 'utf8')))).toEqual([]);
  });

  it('also of a program that reads', async () => {
    // What came in is given again.
    const { stderr } = await real86(['run', 'cat'], { input: 'x' });
    expect(stderr).toBe('');
  });
});

const folder = mkdtempSync(join(tmpdir(), 'real86-'));
const bugs = join(folder, 'bugs');
const source = fileURLToPath(new URL('native/bugs.c', import.meta.url));
const hasGlibc = spawnSync('gcc', ['-m32', '-static', '-g', '-O1', '-fno-builtin', '-o', bugs, source]).status === 0;

describe.skipIf(!hasGlibc)('glibc (needs gcc -m32)', () => {
  it.each(
    some<[string, number, RegExp]>(
      [
        [
          'old-value',
          139,
          /where 0x12345678 came from, latest first:\n.*sum\+.*\n.*insn #[\d,]+ {2}poison\+0x[0-9a-f]+ \(bugs\.c:\d+\) {2}mov dword \[eax\+0x4\],0x12345678/,
        ],
        ['unmapped', 139, /Use after munmap: .* when main\+0x[0-9a-f]+ \(bugs\.c:\d+\) unmapped it/],
        ['guard', 139, /A guard page above anonymous .*It has been so since insn #[\d,]+, by mprotect in main\+/],
        ['literal', 139, /read-only\. A string literal, or a constant/],
        ['data', 132, /Execution of data: EIP=0x[0-9a-f]+ is in .* rw-, which is not code/],
        [
          'middle',
          134,
          /BAD FREE: 0x[0-9a-f]+ is byte 4 of #\d+, 8 bytes from main\+.*\n.*called from\n(.*\n)*.*<free\+.*\n.*<main\+.*bugs\.c:\d+/,
        ],
        ['stale', 139, /It was read from a block that had been freed: #\d+ from main\+.*freed by main\+/],
      ],
      4,
    ),
  )('%s', async (which, code, expected) => {
    const result = await real86(['run', bugs, '--', which]);
    expect(result.stderr).toMatch(expected);
    expect(result.code).toBe(code);
  });

  it('allocations', async () => {
    const { stderr } = await real86(['trace', '--alloc', bugs, '--', 'none']);
    expect(stderr).toMatch(/^#\d+ +malloc\(8\) .* main\+0x[0-9a-f]+ \(bugs\.c:\d+\)$/m);
  });

  it('a stripped program: one clear line', async () => {
    const stripped = join(folder, 'stripped');
    spawnSync('gcc', ['-m32', '-static', '-s', '-o', stripped, source]);
    const { code, stderr } = await real86(['trace', '--alloc', stripped, '--', 'none']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/no symbol malloc: the program is stripped, or has no allocator/);
  });
});
