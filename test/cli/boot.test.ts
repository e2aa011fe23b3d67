import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as images from './boot-images.ts';
import { file, type Result, type RunOptions, real86, withCli } from './cli.ts';
import { violations } from './schema.ts';

withCli();

const schema = JSON.parse(readFileSync('docs/report.schema.json', 'utf8'));

let count = 0;

/** Boots an image made of this code. */
function boot(
  code: readonly number[],
  flags: readonly string[] = [],
  options?: RunOptions,
  length = 512,
): Promise<Result> {
  return real86(['boot', file(`image-${count++}`, images.bootSector(code, length)), ...flags], options);
}

describe('how it ends', () => {
  it.each([
    ['power-off', images.POWER_OFF, [], 0],
    ['halted for ever', images.HALT, [], 122],
    ['triple fault', images.TRIPLE_FAULT, [], 121],
    ['an endless loop within a budget', [0xeb, 0xfe], ['--max-insns', '1e6'], 124],
    ['debug exit, as QEMU counts', images.debugExit(0), [], 1],
    ['debug exit 31h', images.debugExit(0x31), [], 0x63],
    ['debug exit by the map', images.debugExit(0x31), ['--exit-map', '0x31=0'], 0],
    ['debug exit beside the map', images.debugExit(0x30), ['--exit-map', '0x31=0,0x32=5'], 0x61],
  ] as const)('%s', async (_name, code, flags, exitCode) => expect((await boot(code, flags)).code).toBe(exitCode));

  const tripleFault = async (code: readonly number[], flags: readonly string[] = [], input?: string) => {
    const report = file(`triple-${count++}.json`);
    const { stderr, stdout } = await boot(
      code,
      ['--report', report, ...flags],
      input === undefined ? undefined : { input },
    );
    const found = JSON.parse(readFileSync(report, 'utf8'));
    expect(violations(schema, found)).toEqual([]);
    return { stderr, stdout, report: found };
  };

  it('explains a triple fault, with the instructions before it', async () => {
    const { stderr, report } = await tripleFault(images.TRIPLE_FAULT);
    expect(stderr).toMatch(/^TRIPLE FAULT {2}insn #[\d,]+ {2}0x0:0x00007c0a {2}int3\n/);
    expect(stderr).toMatch(/there is no IDT/);
    expect(stderr).toMatch(/lidt \[0x600\]\n/);
    const { last, chain, idtr, insnNumber } = report.tripleFault;
    expect([report.reason, chain.length >= 2, idtr.limit]).toEqual(['triple-fault', true, 0]);
    expect(last).toHaveLength(64);
    expect(last.at(-1)).toMatchObject({ insnNumber, eip: 0x7c0a, insn: 'int3' });
    expect(last.slice(-5).map((i: { insn: string }) => i.insn)).toEqual([
      'cli',
      'xor ax,ax',
      'mov ds,ax',
      'lidt [0x600]',
      'int3',
    ]);
  });

  it('tells paging without an identity map', async () => {
    const { stderr, report } = await tripleFault(images.PAGING_WITHOUT_MAP);
    expect(report.tripleFault.pagingSince).toBe(1);
    expect(stderr).toMatch(
      /#PF\(0x0\) fetch 0x0*7c[0-9a-f]+: PDE\[0\] .* P=0\. Paging was turned on 1 instruction ago: this page is not identity-mapped/,
    );
  });

  it.each([
    ['COM1', [...images.ECHO.slice(0, -images.POWER_OFF.length), ...images.TRIPLE_FAULT], [], 'abcq'],
    ['the keyboard', [...images.KEY.slice(0, -4), ...images.TRIPLE_FAULT], ['--display', 'text'], 'k'],
  ])('replays what came in from %s', async (_name, code, flags, input) => {
    const { report } = await tripleFault(code, ['--max-insns', '1e9', ...flags], input);
    expect(report.tripleFault.last.at(-1)).toMatchObject({ insnNumber: report.insns, insn: 'int3' });
  });
});

describe('streams', () => {
  it('has COM1 on stdout, and the BIOS off it', async () => {
    expect(await boot([...images.teletype('x'), ...images.print('hi'), ...images.POWER_OFF])).toMatchObject({
      code: 0,
      stdout: 'hi',
      stderr: '',
    });
  });

  it('has COM1 on stdin', async () => {
    expect(await boot(images.ECHO, ['--max-insns', '1e9'], { input: 'abcq' })).toMatchObject({
      code: 0,
      stdout: 'abcq',
    });
  });

  it('writes the last screen to a file or to stdout', async () => {
    const code = [...images.teletype('on screen'), ...images.POWER_OFF];
    const path = file('screen.txt');
    await boot(code, ['--screen', path]);
    expect(readFileSync(path, 'utf8')).toMatch(/on screen\n$/);
    expect((await boot(code, ['--screen', '-'])).stdout).toMatch(/on screen\n$/);
  });

  it('shows the screen live, with stdin as the keyboard', async () => {
    const { code, stdout } = await boot(
      images.KEY,
      ['--display', 'text', '--max-insns', '1e9', '--exit-map', '0x6b=5'],
      { input: 'k' },
    );
    expect(code).toBe(5);
    expect(stdout).toContain('\x1b[2J');
    expect(stdout).toMatch(/k/);
  });
});

describe('disks', () => {
  it.each([
    ['a hard disk', 512, [], 0x80],
    ['a floppy by its size', 1474560, [], 0x00],
    ['a floppy by request', 512, ['--floppy'], 0x00],
  ])('%s', async (_name, length, flags, drive) => {
    const { code } = await boot(images.EXIT_WITH_DRIVE, [...flags, '--exit-map', `${drive}=77`], {}, length);
    expect(code).toBe(77);
  });

  it('are left alone unless writing is asked for', async () => {
    const path = file('disk.img', images.bootSector(images.WRITE_SECTOR, 64 * 512));
    const before = readFileSync(path);
    expect((await real86(['boot', path])).code).toBe(1);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect((await real86(['boot', '--write', path])).code).toBe(1);
    const after = readFileSync(path);
    expect(after.subarray(512, 1024).equals(before.subarray(0, 512))).toBe(true);
  });
});

describe('Multiboot', () => {
  it('enters the kernel with its command line', async () => {
    const path = file('kernel.bin', images.multibootKernel());
    expect(await real86(['boot', path, '--append', 'root=here', '--exit-map', '2=42'])).toMatchObject({
      code: 42,
      stdout: 'root=here',
      stderr: '',
    });
  });
});

describe('the BIOS test images', () => {
  it.each(['boot', 'memory', 'disk', 'keyboard'])('%s.img', async name => {
    const { stderr } = await real86(['boot', `test/bios/${name}.img`, '--log', '-', '--max-insns', '1e9']);
    expect(stderr).toMatch(/^ok 1 /m);
    expect(stderr).not.toMatch(/^not ok/m);
    expect(stderr).toMatch(/^1\.\.\d+$/m);
  });
});
