/** Directories of the host in the guest, and what comes back of them. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMount } from '../../src/cli/mount.ts';
import { parseFree, parseGuestDirectory } from '../../src/cli/quantities.ts';
import { UserError } from '../../src/cli/user-error.ts';
import { writeBack } from '../../src/cli/write-back.ts';
import { directory, file, place, type TreeNode } from '../../src/loaders/file-tree.ts';
import { changesBetween } from '../../src/session/mounted.ts';
import { real86, withCli } from './cli.ts';

withCli();

let host = '';
beforeEach(() => {
  host = mkdtempSync(join(tmpdir(), 'real86-mount-'));
  mkdirSync(join(host, 'sub'));
  writeFileSync(join(host, 'one'), 'one\n');
  writeFileSync(join(host, 'sub/two'), 'two\n');
});
afterEach(() => rmSync(host, { recursive: true, force: true }));

describe('--mount', () => {
  it.each([
    ['a', { host: 'a', guest: '/mnt', writable: false }],
    ['a:rw', { host: 'a', guest: '/mnt', writable: true }],
    ['a:/b/c', { host: 'a', guest: '/b/c', writable: false }],
    ['/a b:/b/../c/:ro', { host: '/a b', guest: '/c', writable: false }],
    ['a:b:/c:rw', { host: 'a:b', guest: '/c', writable: true }],
    ['', 'refused'],
    [':rw', 'refused'],
    ['a:/', 'refused'],
    ['a:/dev', 'refused'],
    ['a:/x/../proc', 'refused'],
  ])('%j', (text, expected) => {
    const parse = () => {
      try {
        return parseMount(text);
      } catch (error) {
        if (error instanceof UserError) return 'refused';
        throw error;
      }
    };
    expect(parse()).toEqual(expected);
  });

  it('--free and --cwd take what they say', () => {
    expect([parseFree('0'), parseFree('64M'), parseFree('16K')]).toEqual([0, 64 << 20, 16384]);
    expect(() => parseFree('2G')).toThrow(UserError);
    expect(() => parseGuestDirectory('relative')).toThrow(UserError);
  });

  it('shows the files, to read only', async () => {
    const { code, stdout } = await real86([
      'run',
      '--mount',
      `${host}:/data`,
      'cat',
      '--',
      '/data/one',
      '/data/sub/two',
    ]);
    expect([code, stdout]).toEqual([0, 'one\ntwo\n']);
  });

  it('says what is wrong in one line', async () => {
    const { code, stderr } = await real86(['run', '--mount', join(host, 'none'), 'hello']);
    expect([code, stderr.split('\n').length]).toEqual([125, 2]);
  });
});

describe('writing back', () => {
  const given = () => {
    const root = directory();
    place(root, 'one', file(Buffer.from('one\n')));
    place(root, 'sub/two', file(Buffer.from('two\n')));
    return root;
  };
  const link = (target: string): TreeNode => ({ kind: 'link', target, time: { seconds: 0, nanoseconds: 0 } });
  /** What the guest leaves, as entries over what it was given; undefined: removed. */
  const change = (entries: Record<string, TreeNode | undefined>) => {
    const after = given();
    for (const [path, node] of Object.entries(entries)) {
      if (node) place(after, path, node);
      else if (path.startsWith('sub/')) (after.entries.get('sub') as typeof after).entries.delete(path.slice(4));
      else after.entries.delete(path);
    }
    const said: string[] = [];
    const whole = writeBack(host, changesBetween(given(), after), message => said.push(message));
    return { whole, said };
  };
  const read = (path: string): string => readFileSync(join(host, path), 'utf8');

  it('changes what changed, and nothing else', () => {
    const untouched = lstatSync(join(host, 'one')).mtimeMs;
    expect(change({ 'sub/two': file(Buffer.from('new')), 'a/b/c': file(Buffer.from('deep'), 0o600) }).whole).toBe(true);
    expect([read('one'), read('sub/two'), read('a/b/c')]).toEqual(['one\n', 'new', 'deep']);
    expect([lstatSync(join(host, 'one')).mtimeMs, lstatSync(join(host, 'a/b/c')).mode & 0o777]).toEqual([
      untouched,
      0o600,
    ]);
    expect(readdirSync(host).sort()).toEqual(['a', 'one', 'sub']);
  });

  it('removes, and puts one kind in the place of another', () => {
    expect(change({ sub: file(Buffer.from('now a file')), one: directory() }).whole).toBe(true);
    expect([read('sub'), lstatSync(join(host, 'one')).isDirectory()]).toEqual(['now a file', true]);
  });

  it('makes no link that leads out', () => {
    const { whole, said } = change({
      in: link('sub/two'),
      abs: link('/etc/passwd'),
      'sub/up': link('../../x'),
      'sub/ok': link('../one'),
    });
    expect([whole, said.length]).toEqual([false, 2]);
    expect(readdirSync(host).sort()).toEqual(['in', 'one', 'sub']);
    expect(readdirSync(join(host, 'sub')).sort()).toEqual(['ok', 'two']);
  });

  it('follows no link that has come to lie in its way', () => {
    const outside = mkdtempSync(join(tmpdir(), 'real86-outside-'));
    writeFileSync(join(outside, 'two'), 'theirs');
    rmSync(join(host, 'sub'), { recursive: true });
    symlinkSync(outside, join(host, 'sub'));
    expect(change({ 'sub/two': file(Buffer.from('mine')), 'sub/three': file(Buffer.from('mine')) }).whole).toBe(false);
    expect([readFileSync(join(outside, 'two'), 'utf8'), readdirSync(outside)]).toEqual(['theirs', ['two']]);
    rmSync(outside, { recursive: true });
  });
});
