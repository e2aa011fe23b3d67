import { describe, expect, it } from 'vitest';
import { asFloppy, bootableImage, diskImage, HEAD } from '../../src/loaders/disk-image.ts';
import { readExt2 } from '../../src/loaders/ext2/read.ts';
import { type DirectoryNode, directory, file, place, type TreeNode } from '../../src/loaders/file-tree.ts';
import { LoadError } from '../../src/loaders/load-error.ts';
import { findMultibootHeader, loadMultiboot } from '../../src/loaders/multiboot1.ts';
import { makeRealDisk } from '../../src/loaders/real-disk.ts';
import { makeRunDisk, type RunDiskOptions } from '../../src/loaders/run-disk.ts';
import { buildElf, CODE_AT } from './elf-builder.ts';

function image(length: number, boot = true): Uint8Array {
  const bytes = new Uint8Array(length);
  if (boot) bytes.set([0x55, 0xaa], 510);
  return bytes;
}

const withText = (bytes: Uint8Array, at: number, text: string) => {
  bytes.set(new TextEncoder().encode(text), at);
  return bytes;
};

function message(action: () => unknown): string {
  try {
    action();
    return 'ok';
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    return error.message;
  }
}

const boot = (bytes: Uint8Array) => bootableImage(bytes.subarray(0, HEAD), bytes.length);

describe('disk images', () => {
  it.each([
    [160, 'floppy', 1],
    [360, 'floppy', 1],
    [720, 'floppy', 3],
    [1200, 'floppy', 2],
    [1440, 'floppy', 4],
    [2880, 'floppy', 5],
    [1000, 'disk', 0],
    [10240, 'disk', 0],
  ])('%i KiB', (kib, kind, floppyType) => expect(boot(image(kib * 1024))).toMatchObject({ kind, floppyType }));

  it.each([
    ['empty', new Uint8Array(), /empty/],
    ['half a sector', image(256, false), /whole number of 512-byte sectors/],
    ['one byte over', image(513), /513 bytes.*truncate -s %512/],
    ['no signature', image(1024, false), /55 AA at offset 510/],
    ['signature swapped', image(1024, false).fill(0xaa, 510, 511).fill(0x55, 511, 512), /55 AA/],
    ['CD', withText(image(0x9000, false), 0x8001, 'CD001'), /CD image/],
    ['bzImage', withText(image(0x9000), 0x202, 'HdrS'), /bzImage/],
  ])('refuses %s', (_name, bytes, says) => expect(message(() => boot(bytes))).toMatch(says));

  it('pads a small image to a floppy', () => {
    const floppy = asFloppy(diskImage(1024));
    expect([floppy.kind, floppy.floppyType, floppy.size]).toEqual(['floppy', 1, 360 * 1024]);
    expect(message(() => asFloppy(diskImage(4 << 20)))).toMatch(/too large for a floppy/);
  });
});

describe('Multiboot', () => {
  const MIB = 1 << 20;
  const header = (bytes: Uint8Array, at: number, flags: number, ...addresses: number[]): Uint8Array => {
    const view = new DataView(bytes.buffer);
    const words = [0x1badb002, flags, -(0x1badb002 + flags), ...addresses];
    for (const [i, word] of words.entries()) view.setUint32(at + i * 4, word, true);
    return bytes;
  };
  const kernel = (flags: number, address = MIB, more = {}) =>
    header(buildElf({ entry: address, segments: [{ address, memorySize: 0x100, ...more }] }), CODE_AT, flags);

  it.each([
    ['at 0', 0, 0],
    ['at 8180', 8180, 8180],
    ['at 8184: not whole within 8 KiB', 8184, undefined],
    ['unaligned', 6, undefined],
  ])('header %s', (_name, at, found) => {
    expect(findMultibootHeader(header(new Uint8Array(16384), at, 3))?.offset).toBe(found);
  });

  it('ignores a magic number with a wrong checksum', () => {
    const bytes = header(new Uint8Array(16384), 64, 3);
    bytes[64 + 8]! ^= 1;
    expect(findMultibootHeader(bytes)).toBeUndefined();
  });

  it('loads an ELF kernel with its information', () => {
    const { placements, entry, eax, ebx } = loadMultiboot(kernel(3), 'k root=hd0', 64 * MIB);
    expect({ entry, eax }).toEqual({ entry: MIB, eax: 0x2badb002 });
    expect(placements[0]).toMatchObject({ address: MIB, zeros: 0x100 - 16 });
    const info = placements.find(p => p.address === ebx)!.bytes;
    const word = (at: number) => new DataView(info.buffer).getUint32(at, true);
    const string = (at: number) => new TextDecoder().decode(info.subarray(at - ebx)).split('\0')[0];
    expect([word(0) & 0x45, word(4), word(8)]).toEqual([0x45, 639, 63 * 1024]);
    expect([string(word(16)), string(word(64))]).toEqual(['k root=hd0', 'real86']);
    const ranges = [];
    for (let at = word(48) - ebx; at < word(48) - ebx + word(44); at += word(at) + 4)
      ranges.push([word(at + 4), word(at + 12), word(at + 20)]);
    expect(ranges).toContainEqual([MIB, 63 * MIB, 1]);
  });

  it('enters a kernel linked high at its physical address', () => {
    const { entry, placements } = loadMultiboot(kernel(0, 0xc0100000, { physical: MIB }), '', 64 * MIB);
    expect([entry, placements[0]!.address]).toEqual([MIB, MIB]);
  });

  it('loads by the addresses in the header', () => {
    const bytes = header(new Uint8Array(8192), 64, 0x10000, MIB + 64, MIB, MIB + 4096, MIB + 8192, MIB + 128);
    const { placements, entry } = loadMultiboot(bytes, '', 64 * MIB);
    expect([entry, placements[0]!.address, placements[0]!.bytes.length, placements[0]!.zeros]).toEqual([
      MIB + 128,
      MIB,
      4096,
      4096,
    ]);
  });

  it.each([
    ['below 1 MiB', 0xff000, 0x1000, []],
    ['across 1 MiB', 0xff000, 0x2000, [[MIB, 0, 0x1000]]],
    ['across A0000h', 0x9f000, 0x800, [[0x9f000, 16, 0x7f0]]],
  ])('loses what falls on video memory and ROM: %s', (_name, address, memorySize, left) => {
    const spec = [{ address: MIB * 2 }, { address, memorySize }];
    const bytes = header(buildElf({ entry: MIB * 2, segments: spec }), CODE_AT, 3);
    const found = loadMultiboot(bytes, '', 64 * MIB).placements.slice(1, -1);
    expect(found.map(p => [p.address, p.bytes.length, p.zeros])).toEqual(left);
  });

  it.each([
    ['no header', buildElf(), /no Multiboot header/],
    ['unknown demand', kernel(0x8003), /unknown features/],
    ['too high', kernel(3, 256 * MIB), /beyond the 64 MiB/],
    ['too low', kernel(3, 0x9000), /low memory/],
    [
      'addresses outside the file',
      header(new Uint8Array(8192), 64, 0x10000, MIB, MIB + 64, MIB + 65536, 0, MIB),
      /asks for/,
    ],
    ['load end before load', header(new Uint8Array(8192), 64, 0x10000, MIB + 64, MIB, 5, 0, MIB), /asks for/],
    ['header cut short', header(new Uint8Array(76), 64, 0x10000), /truncated|no Multiboot/],
    ['no ELF and no addresses', header(new Uint8Array(8192), 64, 3), /flag 16/],
  ])('refuses: %s', (_name, bytes, says) => expect(message(() => loadMultiboot(bytes, '', 64 * MIB))).toMatch(says));

  it('refuses a command line that does not fit', () => {
    expect(message(() => loadMultiboot(kernel(3), 'x'.repeat(1 << 20), 64 * MIB))).toMatch(/command line is too long/);
  });
});

describe('the disk of `run`', () => {
  const options: RunDiskOptions = {
    bootImage: image(1024),
    name: '/some where/my prog',
    program: buildElf(),
    argv: ['./my prog', 'a', ''],
    envp: ['A=1', 'B=ü'],
    seed: 0xffffffff,
    aslr: false,
    log: true,
    free: 0,
    files: [{ name: 'etc/motd', data: new TextEncoder().encode('hi') }],
  };
  const contents = (disk: Uint8Array) =>
    readExt2(number => disk.subarray(1024 + number * 4096, 1024 + (number + 1) * 4096), 1 << 30).root;
  const fileAt = (root: DirectoryNode, path: string): string => {
    const node = path
      .split('/')
      .reduce<TreeNode | undefined>((at, name) => (at?.kind === 'directory' ? at.entries.get(name) : undefined), root);
    return node?.kind === 'file' ? new TextDecoder().decode(node.data) : `no ${path}`;
  };

  it('holds what the kernel reads', () => {
    const { bytes } = makeRunDisk(options);
    expect(bytes.length % 512).toBe(0);
    const root = contents(bytes);
    expect(fileAt(root, 'boot/cmdline')).toBe('seed=4294967295 aslr=off init=/bin/my_prog log=on\n');
    expect(fileAt(root, 'boot/argv')).toBe('./my prog\0a\0\0');
    expect(fileAt(root, 'boot/envp')).toBe('A=1\0B=ü\0');
    expect(fileAt(root, 'boot/directory')).toBe('/');
    expect(fileAt(root, 'bin/my_prog')).toBe(new TextDecoder().decode(options.program));
    expect(fileAt(root, 'etc/motd')).toBe('hi');
  });

  it('tells the kernel of the terminal and of mounts', () => {
    const tree = directory();
    place(tree, 'a/b', file(new TextEncoder().encode('mounted')));
    const terminal = { stdin: true, stdout: false, stderr: true, rows: 50, columns: 132 };
    const mounts = [
      { tree, at: '/mnt/x y', writable: true },
      { tree, at: '/data', writable: false },
    ];
    const disk = makeRunDisk({ ...options, terminal, mounts });
    const root = contents(disk.bytes);
    expect(fileAt(root, 'boot/cmdline')).toMatch(/ terminals=02 rows=50 columns=132\n$/);
    const [first, second] = disk.mountSectors.map(sector => String(sector).padStart(10, '0'));
    expect(fileAt(root, 'boot/mounts')).toBe(`${first} rw /mnt/x y\n${second} ro /data\n`);
    const mounted = readExt2(
      number => disk.bytes.subarray(disk.mountSectors[1]! * 512 + number * 4096).subarray(0, 4096),
      1 << 20,
    );
    expect(fileAt(mounted.root, 'a/b')).toBe('mounted');
  });

  it('is the same bytes each time', () =>
    expect(Buffer.compare(makeRunDisk(options).bytes, makeRunDisk(options).bytes)).toBe(0));

  it('refuses arguments without end', () => {
    expect(message(() => makeRunDisk({ ...options, argv: ['x'.repeat(200000)] }))).toMatch(/131072 fit/);
  });
});

describe('the disk of `run --real`', () => {
  const loader = () => image(1536);
  it.each([
    ['boot.img', image(512), 'boot', 512],
    ['peek.com', new Uint8Array(10), 'com', 1536 + 512 + 512],
    ['PEEK.COM', new Uint8Array(10), 'com', 1536 + 512 + 512],
    ['peek.bin', new Uint8Array(513), 'flat', 1536 + 512 + 1024],
    ['sector without signature', image(512, false), 'flat', 1536 + 512 + 512],
  ])('%s', (name, bytes, kind, length) => {
    const disk = makeRealDisk(name, bytes, loader);
    expect([disk.kind, disk.bytes.length]).toEqual([kind, length]);
    if (kind === 'boot') return;
    const view = new DataView(disk.bytes.buffer, 1536);
    expect([view.getUint32(0, true), view.getUint16(4, true), view.getUint32(6, true)]).toEqual([
      0x4c363852,
      kind === 'com' ? 1 : 2,
      bytes.length,
    ]);
  });

  it.each([
    ['a.bin', new Uint8Array(), /empty/],
    ['a.bin', buildElf(), /leave out --real/],
    ['a.exe', new TextEncoder().encode('MZ'), /\.EXE/],
    ['a.com', new Uint8Array(0xff00), /too long for a \.com/],
    ['a.bin', new Uint8Array(0xa0000), /too long for a flat/],
  ])('refuses %s', (name, bytes, says) => expect(message(() => makeRealDisk(name, bytes, loader))).toMatch(says));
});
