/** `real86 conform` as a process: the table, exit codes, shards and their merge, JSON and JUnit. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { mooFile, type Sketch } from '../conform/vector-files.ts';
import { isLong, share } from '../setup/share.ts';
import { file, real86, withCli } from './cli.ts';
import { violations } from './schema.ts';

withCli();

const schema = JSON.parse(readFileSync('docs/conform.schema.json', 'utf8'));

/** ADD AL,imm8 of 1 and `value`. */
const add = (value: number, result = value + 1): Sketch => ({
  name: `add al,${value}`,
  bytes: [0x04, value],
  initial: { eax: 1 },
  final: { eax: result, eip: 0x1003, eflags: 0xf002 },
  masks: { eflags: 0 },
});
const LOCKED: Sketch = { ...add(2), bytes: [0xf0, 0x04, 2] };
const NOP: Sketch = { name: 'nop', bytes: [0x90], initial: {}, final: { eip: 0x1002, eflags: 0xf002 } };

let good = '';
let bad = '';

beforeAll(() => {
  const folder = (name: string, files: Readonly<Record<string, Uint8Array>>): string => {
    const path = join(dirname(file('x')), name);
    mkdirSync(path);
    for (const [entry, content] of Object.entries(files)) writeFileSync(join(path, entry), content);
    return path;
  };
  const numbers = Array.from({ length: 20 }, (_, i) => i);
  good = folder('good', {
    '04.MOO.gz': gzipSync(mooFile('C286', [...numbers.map(n => add(n)), LOCKED])),
    '90.MOO': mooFile('C286', [NOP]),
  });
  bad = folder('bad', {
    '04.MOO': mooFile(
      'C286',
      numbers.map(n => add(n, n % 3 === 0 ? 0x77 : n + 1)),
    ),
    'readme.txt': new TextEncoder().encode('no vectors'),
  });
});

const json = async (args: readonly string[]) => {
  const { stdout, code } = await real86(['conform', '--json', ...args]);
  const report = JSON.parse(stdout);
  expect(violations(schema, report)).toEqual([]);
  return { report, code, stdout };
};

describe('the table', () => {
  it('has a row an opcode, and each reason for excluding', async () => {
    const { stdout, code } = await real86(['conform', good]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^good {2}\(2 opcodes\)\n {2}opcode/);
    expect(stdout).toMatch(/04 ADD +21 +20 +0 +1 +a\n {2}90 NOP +1 +1 +0 +0\n/);
    expect(stdout).toMatch(/a +1 {2}LOCK: allowed with any instruction on an 80286/);
    expect(stdout).toMatch(/\n22 vectors: 21 passed, 0 failed, 1 excluded\n$/);
  });

  it('shows the first failure in full', async () => {
    const { stdout, code } = await real86(['conform', bad, '--first-failure']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/20 vectors: 13 passed, 7 failed, 0 excluded/);
    expect(stdout).toMatch(/bad 04 #0 {2}add al,0\n {2}bytes +04 00 f4\n {2}initial +eax 0x1 /);
    expect(stdout).toMatch(/ ax +0x77 +0x1\n/);
  });
});

describe('for machines', () => {
  it.each(share(['interp'], ['interp', 'oracle']))(
    'JSON from the %s, the same with any number of jobs',
    async engine => {
      const one = await json([good, bad, '--engine', engine, '--jobs', '1']);
      const two = await json([good, bad, '--engine', engine, '--jobs', '2']);
      expect(two.stdout).toBe(one.stdout);
      expect([one.code, one.report.engine]).toEqual([1, engine]);
      expect(one.report).toMatchObject({ total: 42, passed: 34, failed: 7, excluded: 1, shards: ['1/1'] });
    },
  );

  it('workers of the command as it is started', async () => {
    const { code, stdout, stderr } = await real86(['conform', good, bad, '--jobs', '2'], {});
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/\n42 vectors: 34 passed, 7 failed, 1 excluded\n$/);
  });

  it.runIf(isLong)('shards together are the whole run (npm run test:long)', async () => {
    const whole = await json([good, bad, '--jobs', '1']);
    const parts = await Promise.all(
      [1, 2, 3].map(async i =>
        file(`part-${i}.json`, (await json([good, bad, '--shard', `${i}/3`, '--jobs', '1'])).stdout),
      ),
    );
    expect((await json(['--merge', ...parts])).stdout).toBe(whole.stdout);
    const some = await real86(['conform', '--merge', parts[2]!, parts[0]!]);
    expect(some.stdout).toMatch(/without shard 2\/3\n$/);
    const twice = await real86(['conform', '--merge', parts[0]!, parts[0]!]);
    expect([twice.code, twice.stderr]).toEqual([2, 'real86: --merge: shard 1/3 is there twice\n']);
  });

  it('JUnit', async () => {
    const path = file('out.xml');
    await real86(['conform', good, bad, '--junit', path]);
    const xml = readFileSync(path, 'utf8');
    expect(xml).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites [^>]*tests="3" failures="1" skipped="0"/,
    );
    expect(xml.match(/<testcase /g)).toHaveLength(3);
    expect(xml).toMatch(/<failure message="7 of 20 vectors failed">#0 add al,0 \(04 00 f4\): ax 0x1, expected 0x77/);
  });

  it('--filter runs one opcode', async () => {
    expect((await json([good, '--filter', '90'])).report).toMatchObject({ total: 1, passed: 1 });
  });
});

describe('mistakes are one line and exit 2', () => {
  const rows: [args: (string | (() => string))[], says: RegExp][] = [
    [[], /needs folders or files/],
    [['no-such-folder'], /no-such-folder: no such file/],
    [['src/cli'], /no vectors there/],
    [[() => good, '--filter', 'FF'], /--filter FF: no vectors are/],
    [[() => good, '--shard', '5/4'], /--shard 5\/4: expected/],
    [[() => good, '--jobs', '0'], /--jobs 0: expected/],
    [[() => good, '--engine', 'fast'], /--engine fast: expected one of/],
    [[() => good, '--frist-failure'], /did you mean --first-failure\?/],
    [[() => file('05.MOO.gz', 'not gzip')], /05.MOO.gz: not a gzip file/],
    [[() => file('06.MOO', 'not moo')], /06.MOO: not a MOO file/],
    [['--merge', () => file('x.json', '{}')], /not a report of real86 conform/],
    [[() => good, '--junit', '/nonexistent/x.xml'], /cannot be written/],
  ];
  it.each(rows)('%j', async (args, says) => {
    const result = await real86(['conform', ...args.map(arg => (typeof arg === 'string' ? arg : arg()))]);
    expect(result.code).toBe(2);
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(result.stderr).toMatch(says);
  });
});
