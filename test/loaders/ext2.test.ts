/** File systems built in memory: read back, and checked by those whose format it is. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildExt2 } from '../../src/loaders/ext2/build.ts';
import { BLOCK } from '../../src/loaders/ext2/layout.ts';
import { readExt2 } from '../../src/loaders/ext2/read.ts';
import { type DirectoryNode, directory, file, place, type TreeNode } from '../../src/loaders/file-tree.ts';

const scratch = mkdtempSync(join(tmpdir(), 'real86-ext2-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const hasTools = !spawnSync('e2fsck', ['-V']).error && !spawnSync('debugfs', ['-V']).error;

function bytes(length: number, seed = 1): Uint8Array {
  const data = new Uint8Array(length);
  for (let i = 0, x = seed; i < length; i++) {
    x = (x * 1103515245 + 12345) >>> 0;
    data[i] = x >>> 16;
  }
  return data;
}

function tree(fill: (root: DirectoryNode) => void): DirectoryNode {
  const root = directory();
  fill(root);
  return root;
}

/** A line a node; contents by their hash, as comparing them byte by byte takes the test's tools seconds. */
function summary(node: TreeNode, path = ''): string[] {
  const { seconds, nanoseconds } = node.time;
  const facts = `${path} ${seconds}.${nanoseconds}`;
  if (node.kind === 'link') return [`${facts} -> ${node.target}`];
  const mode = node.mode.toString(8);
  if (node.kind === 'file')
    return [`${facts} ${mode} ${node.data.length} ${createHash('md5').update(node.data).digest('hex')}`];
  return [`${facts} ${mode}`, ...[...node.entries].flatMap(([name, child]) => summary(child, `${path}/${name}`))];
}

const small = { free: 1 << 20, freeInodes: 64, label: 'test' };

/** Made when they are wanted: they are large. */
const TREES: readonly (readonly [string, () => DirectoryNode, typeof small])[] = [
  ['nothing', directory, { free: 0, freeInodes: 0, label: '' }],
  ['a file', () => tree(root => place(root, 'a', file(bytes(5), 0o600))), small],
  ['an empty file', () => tree(root => place(root, 'a', file(new Uint8Array()))), small],
  [
    'sizes around every border',
    () =>
      tree(root => {
        const indirect = 12 + 1024;
        for (const blocks of [1, 12, 13, indirect, indirect + 1])
          for (const odd of [-1, 0, 1])
            place(root, `d/${blocks * BLOCK + odd}`, file(bytes(blocks * BLOCK + odd, blocks)));
      }),
    small,
  ],
  [
    'links of all lengths',
    () =>
      tree(root => {
        for (const length of [1, 59, 60, 61, 4000])
          root.entries.set(`l${length}`, {
            kind: 'link',
            target: 'x'.repeat(length),
            time: { seconds: 1, nanoseconds: 2 },
          });
      }),
    small,
  ],
  [
    'two names of one file',
    () =>
      tree(root => {
        const one = file(bytes(100), 0o755, { seconds: 1_700_000_000, nanoseconds: 123_456_789 });
        place(root, 'one', one);
        place(root, 'deep/er/two', one);
      }),
    small,
  ],
  [
    'many names, long ones',
    () =>
      tree(root => {
        for (let i = 0; i < 3000; i++) place(root, `many/${'n'.repeat(i % 250)}${i}`, file(bytes(i % 3)));
      }),
    small,
  ],
  [
    'names of any characters',
    () =>
      tree(root => {
        for (const name of ['ü', ' ', '-rf', '"', '\n', '\u{1f600}']) place(root, name, file(bytes(1)));
      }),
    small,
  ],
  [
    'several groups',
    () => tree(root => place(root, 'a', file(bytes(1000)))),
    { free: 300 << 20, freeInodes: 70000, label: 'large' },
  ],
];

describe('ext2', () => {
  it.each(TREES)('reads back: %s', (_name, make, options) => {
    const root = make();
    const image = buildExt2(root, options);
    const { root: read, skipped } = readExt2(number => image.subarray(number * BLOCK, (number + 1) * BLOCK), 2 ** 31);
    expect([summary(read), skipped]).toEqual([summary(root), []]);
  });

  it.skipIf(!hasTools).each(TREES)('e2fsck finds nothing wrong (needs e2fsprogs): %s', (_name, make, options) => {
    const path = join(scratch, 'image');
    writeFileSync(path, buildExt2(make(), options));
    const { status, stdout } = spawnSync('e2fsck', ['-fn', path], { encoding: 'utf8' });
    expect(status === 0 ? '' : stdout).toBe('');
  });

  it.skipIf(!hasTools)('debugfs reads what was put in (needs e2fsprogs)', () => {
    const path = join(scratch, 'image');
    const data = bytes(5_000_000);
    writeFileSync(
      path,
      buildExt2(
        tree(root => place(root, 'a/b', file(data, 0o640, { seconds: 86400, nanoseconds: 5 }))),
        small,
      ),
    );
    const debugfs = (request: string): Buffer =>
      execFileSync('debugfs', ['-R', request, path], { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 24 });
    expect(Buffer.compare(debugfs('cat a/b'), Buffer.from(data))).toBe(0);
    expect(debugfs('stat a/b').toString()).toMatch(/Mode:\s+0640[\s\S]*mtime: 0x00015180:00000014/);
  });

  it('leaves as much free as was asked for', () => {
    const image = buildExt2(directory(), { free: 10 << 20, freeInodes: 1000, label: '' });
    const superblock = new DataView(image.buffer, image.byteOffset + 1024);
    expect(superblock.getUint32(12, true) * BLOCK).toBeGreaterThanOrEqual(10 << 20);
    expect(superblock.getUint32(16, true)).toBeGreaterThanOrEqual(1000);
  });

  it.each([
    ['a name too long', tree(root => root.entries.set('x'.repeat(256), file(bytes(1)))), /no name of a file/],
    ['a name that is a path', tree(root => root.entries.set('a/b', file(bytes(1)))), /no name of a file/],
    [
      'a link too long',
      tree(root =>
        root.entries.set('l', { kind: 'link', target: 'x'.repeat(5000), time: { seconds: 0, nanoseconds: 0 } }),
      ),
      /symbolic link/,
    ],
  ])('refuses %s', (_name, root, says) => expect(() => buildExt2(root, small)).toThrow(says));

  it('refuses what is too large', () =>
    expect(() => buildExt2(directory(), { free: 2 ** 32, freeInodes: 0, label: '' })).toThrow(/too much for the disk/));
});

describe('a file system that a guest has damaged', () => {
  const image = buildExt2(
    tree(root => {
      for (let i = 0; i < 20; i++) place(root, `d${i % 3}/f${i}`, file(bytes(i * 1000)));
      place(root, 'large', file(bytes(30 * BLOCK)));
    }),
    { free: 0, freeInodes: 0, label: '' },
  );
  const read = (changed: Uint8Array) =>
    readExt2(number => changed.subarray(number * BLOCK).subarray(0, BLOCK), 1 << 24);

  it('is refused while the guest was not done writing', () => {
    const changed = image.slice();
    changed[1024 + 58] = 0;
    expect(() => read(changed)).toThrow(/had not finished writing/);
  });

  it('never does more than be refused, or read as something else', () => {
    let refused = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const changed = image.slice();
      const random = bytes(64, seed * 7919);
      // Descriptors, the inode table, the directories: where numbers are.
      const metadata = 16 * BLOCK;
      for (let i = 0; i < 8; i++) {
        const at = (random[i * 4]! | (random[i * 4 + 1]! << 8) | (random[i * 4 + 2]! << 16)) % metadata;
        if (at < 1024 + 56 || at > 1024 + 64) changed[at] = random[i * 4 + 3]!;
      }
      try {
        read(changed);
      } catch (error) {
        refused++;
        expect((error as Error).name, (error as Error).stack).toBe('LoadError');
      }
    }
    expect(refused).toBeGreaterThan(0);
  });
});
