import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/session/report.ts';
import { some } from '../setup/share.ts';
import { file, real86, withCli } from './cli.ts';
import { violations } from './schema.ts';

withCli();

const schema = JSON.parse(readFileSync('docs/report.schema.json', 'utf8'));

/** Runs an example with a report, and returns both. */
async function reported(
  args: readonly string[],
): Promise<{ report: Report; code: number | null; stdout: string; stderr: string }> {
  const path = file(`report-${Math.random()}.json`);
  const result = await real86(['run', '--report', path, ...args]);
  return { ...result, report: JSON.parse(readFileSync(path, 'utf8')) as Report };
}

describe('streams and exit codes', () => {
  it.each([
    ['prints', ['hello'], '', { code: 0, stdout: 'Hello, world\n', stderr: '' }],
    ['reads to the end of file', ['cat'], 'one\ntwo', { code: 0, stdout: 'one\ntwo', stderr: '' }],
    ['reads nothing', ['cat'], '', { code: 0, stdout: '', stderr: '' }],
    ['passes every byte', ['cat'], '\0\x01\x04\r\n\x7f', { code: 0, stdout: '\0\x01\x04\r\n\x7f', stderr: '' }],
    [
      'keeps stderr apart',
      ['stderr'],
      '',
      { code: 0, stdout: 'this line is for standard output\n', stderr: 'this line is for standard error\n' },
    ],
    ['passes the exit status', ['exit-status', '--', '42'], '', { code: 42 }],
    ['cuts the exit status to 8 bits', ['exit-status', '--', '256'], '', { code: 0 }],
    ['spends its budget', ['--max-insns', '300000', 'spin'], '', { code: 124 }],
    ['runs out of time', ['--wall', '200ms', 'spin'], '', { code: 124 }],
  ])('%s', async (_name, args, input, expected) =>
    expect(await real86(['run', ...args], { input })).toMatchObject(expected),
  );

  it('passes arguments and environment', async () => {
    const { stdout } = await real86(['run', 'args', '--env', 'A=b c', '--env', 'D=', '--', '--env', 'x y', '']);
    expect(stdout).toContain(
      'argc 4\nargv[0] "args"\nargv[1] "--env"\nargv[2] "x y"\nargv[3] ""\nenvp[0] "A=b c"\nenvp[1] "D="\n',
    );
  });

  it('carries more than a pipe holds, in order', async () => {
    const input = Array.from({ length: 20000 }, (_, i) => `line ${i}\n`).join('');
    const { code, stdout } = await real86(['run', 'cat'], { input });
    expect([code, stdout === input]).toEqual([0, true]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends with %s while the program waits for input', async (signal, code) => {
    expect(await real86(['run', 'guess'], { signalAt: ['?', signal] })).toMatchObject({ code });
  });

  it('ends quietly when nobody reads its output', async () => {
    const { code, stderr } = await real86(['run', 'cat'], { input: 'y\n'.repeat(200000), closeAt: 'y' });
    expect([code, stderr]).toEqual([141, '']);
  });
});

describe('real mode', () => {
  it.each([
    [
      'a flat binary reads what is at 0x02ad',
      'peek.bin',
      '',
      { stdout: expect.stringMatching(/^\*\(int \*\)0x02ad = 0x[0-9a-f]{8}, no fault/) },
    ],
    [
      'a .COM file reads the same',
      'peek.com',
      '',
      { stdout: expect.stringMatching(/^0000:02AD holds 0x[0-9A-F]{8}, no fault/) },
    ],
    ['a .COM file ends with 0', 'hello.com', '', { code: 0, stdout: 'Hello from a .COM file\r\n' }],
    ['a boot sector', 'hello-boot.img', '', { code: 0, stdout: expect.stringMatching(/^Hello from a boot sector/) }],
    ['stdin is the keyboard', 'echo.com', 'hallo\n', { code: 5, stdout: expect.stringMatching(/you typed: hallo/) }],
  ])('%s', async (_name, program, input, expected) => {
    expect(await real86(['run', '--real', '--max-insns', '2e9', program], { input })).toMatchObject(expected);
  });
});

describe('the same run again', () => {
  const pick = ({ report, stdout }: { report: Report; stdout: string }) => ({
    insns: report.insns,
    hash: report.memoryHash,
    stdout,
  });

  it('is bit for bit the same with the same seed, and has other addresses with another', async () => {
    const [first, second, other] = await Promise.all([
      reported(['args']),
      reported(['args']),
      reported(['--seed', '7', 'args']),
    ]);
    expect(pick(second)).toEqual(pick(first));
    expect(other.stdout).not.toBe(first.stdout);
    expect(other.report.seed).toBe(7);
  });

  it('has fixed addresses without ASLR, whatever the seed', async () => {
    const [first, second] = await Promise.all([
      reported(['--no-aslr', '--seed', '1', 'args']),
      reported(['--no-aslr', '--seed', '2', 'args']),
    ]);
    // AT_RANDOM's bytes differ; addresses do not.
    expect(second.stdout).toBe(first.stdout);
    expect(first.report.maps?.find(m => m.name === '[stack]')?.end).toBe(0xc0000000);
  });

  it('counts instructions exactly', async () => {
    expect((await reported(['--max-insns', '250000', 'spin'])).report).toMatchObject({
      reason: 'budget',
      insns: 250000,
      exitCode: 124,
    });
  });
});

describe('faults', () => {
  /** Program, exit code, vector, error code, CR2 (a number, or a test of it), access, and what the text must say. */
  const rows: [string, number, number, number | null, number | null, string | null, RegExp][] = [
    ['fault-null', 139, 14, 4, 0, 'read', /A null pointer\./],
    ['fault-low', 139, 14, 4, 0x2ad, 'read', /Close to address 0.*685 bytes/],
    ['fault-wild', 139, 14, 6, 0xdeadbeef, 'write', /write of 4 bytes to 0xdeadbeef by {2}mov dword \[eax\],0x2a/],
    ['fault-kernel', 139, 14, 5, 0xc0000000, 'read', /supervisor only/],
    ['fault-text', 139, 14, 7, null, 'write', /program text is read-only/],
    ['fault-rodata', 139, 14, 7, null, 'write', /r--: read-only/],
    ['fault-mprotect', 139, 14, 7, null, 'write', /r--: read-only/],
    ['fault-munmap', 139, 14, 4, null, 'read', /Use after free: .* by munmap\./],
    ['fault-stack', 139, 14, 6, null, 'write', /Stack overflow: ESP=.*8 MiB limit/],
    ['fault-call-null', 139, 14, 4, 0, 'fetch', /called from 0x[0-9a-f]+ <main\+0x[0-9a-f]+>: {2}call /],
    ['fault-jump-data', 139, 14, 4, null, 'fetch', /jump to where nothing is mapped/],
    ['fault-privileged', 139, 13, 0, null, null, /refuses|belong to the kernel/],
    ['fault-divide', 136, 0, null, null, null, /Division by zero/],
    ['fault-opcode', 132, 6, null, null, null, /in {2}ud2/],
  ];
  it.each(some(rows, 6))('%s', async (program, exitCode, vector, errorCode, cr2, access, says) => {
    const { report, code, stderr } = await reported([program]);
    const signal = { 139: 'SIGSEGV', 136: 'SIGFPE', 132: 'SIGILL' }[exitCode];
    expect(code).toBe(exitCode);
    expect(report).toMatchObject({ reason: 'signal', signal, exitCode, fault: { vector, errorCode } });
    expect(violations(schema, report)).toEqual([]);
    const fault = report.fault!;
    if (cr2 !== null) expect(fault.cr2).toBe(cr2);
    expect(fault.access?.kind ?? null).toBe(access);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(new RegExp(`^${signal} {2}pid 1 ${program} {2}insn #[0-9,]+ `));
    expect(stderr.trimEnd()).toMatch(new RegExp(`\\n {2}exit ${exitCode}$`));
  });

  it('--stats tells what ran compiled, and changes nothing of the run', async () => {
    const plain = file('plain.json');
    const noted = file('noted.json');
    await real86(['run', '--report', plain, 'count', '--', '3']);
    const { stderr } = await real86(['run', '--stats', '--report', noted, 'count', '--', '3']);
    expect(stderr).toMatch(/^stats {2}jit: [\d,]+ instructions, [4-9]\d\.\d % of them in compiled code$/m);
    expect(stderr).toMatch(/<main\+0x[0-9a-f]+>/);
    const [before, after] = [plain, noted].map(path => JSON.parse(readFileSync(path, 'utf8')));
    expect(violations(schema, after)).toEqual([]);
    expect(before.stats).toBeNull();
    expect({ ...after, stats: null }).toEqual(before);
  });

  it('--profile names the functions of kernel and program that took most, and changes nothing of the run', async () => {
    const plain = file('plain.json');
    const profiled = file('profiled.json');
    await real86(['run', '--report', plain, 'count', '--', '3']);
    const { stderr } = await real86(['run', '--profile', '--report', profiled, 'count', '--', '3']);
    expect(stderr).toMatch(/^profile {2}[\d,]+ instructions: count 9\d\.\d %, kernel \d\.\d %, firmware \d\.\d %$/m);
    expect(stderr).toMatch(/^ {3}\d\d\.\d % {2}count +main +count\.c:\d+$/m);
    expect(stderr).toMatch(/^ +\d\.\d % {2}kernel +memset +string\.c:\d+$/m);
    const [before, after] = [plain, profiled].map(path => JSON.parse(readFileSync(path, 'utf8')));
    expect(after).toEqual(before);
  });

  it('shows where the page walk stopped', async () => {
    const { report, stderr } = await reported(['--no-aslr', 'fault-munmap']);
    const { walk, cr2, cr3 } = report.fault!;
    expect(walk.map(step => step.flags.split(' ')[0])).toEqual(['P', 'P=0']);
    expect(walk[0]!.at).toBe(cr3 + (cr2! >>> 22) * 4);
    expect(walk[1]!.at).toBe((walk[0]!.value & 0xfffff000) + ((cr2! >>> 12) & 0x3ff) * 4);
    const page = (cr2! & ~0xfff) >>> 0;
    expect(stderr).toContain(`<- stops here: no page for 0x${page.toString(16)}-0x${(page + 0xfff).toString(16)}`);
  });
});

describe('what real86 says', () => {
  it('goes to the log when there is one', async () => {
    const log = file('log');
    const { stderr, code } = await real86(['run', '--log', log, 'fault-null']);
    expect([code, stderr]).toEqual([139, '']);
    expect(readFileSync(log, 'utf8')).toContain('SIGSEGV  pid 1 fault-null');
  });

  it('is JSON alone with --json', async () => {
    const { stderr } = await real86(['run', '--json', 'fault-null']);
    expect(JSON.parse(stderr)).toMatchObject({ reason: 'signal', fault: { cr2: 0 } });
  });

  const colours: readonly (readonly [env: Record<string, string>, flags: readonly string[], coloured: boolean])[] = [
    [{ NO_COLOR: '1' }, [], false],
    [{ NO_COLOR: '', FORCE_COLOR: '1' }, [], true],
    [{ NO_COLOR: '1' }, ['--color'], true],
    [{ NO_COLOR: '', FORCE_COLOR: '1' }, ['--no-color'], false],
  ];
  it.each(some(colours, 2))('is coloured as asked: %j %j', async (env, flags, coloured) => {
    const { stderr } = await real86(['run', ...flags, 'fault-null'], { env });
    expect(stderr.includes('\x1b[')).toBe(coloured);
  });

  it('shows the kernel log on request', async () => {
    const { stderr, stdout } = await real86(['run', '--kernel-log', 'hello']);
    expect(stdout).toBe('Hello, world\n');
    expect(stderr).toMatch(/paging/);
  });
});
