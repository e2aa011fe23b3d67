import { describe, expect, test } from 'vitest';
import { AtaChannel } from '../../src/devices/ata-channel.ts';
import type { BlockStore } from '../../src/devices/wiring.ts';
import { MemoryStore } from '../../src/machine/block-store.ts';
import { Board, Wire } from './board.ts';

const SECTORS = 16 * 63 * 4 + 100;

/** Every byte of sector n is n modulo 251, but the first two, which are n. */
function image(sectors: number): Uint8Array {
  const bytes = new Uint8Array(sectors * 512);
  for (let i = 0; i < sectors; i++) {
    bytes.fill(i % 251, i * 512, (i + 1) * 512);
    bytes[i * 512] = i & 0xff;
    bytes[i * 512 + 1] = i >> 8;
  }
  return bytes;
}

const IMAGE = image(SECTORS);

function build(stores: readonly (BlockStore | undefined)[] = [new MemoryStore(IMAGE)]) {
  const board = new Board();
  const irq = new Wire();
  const channel = new AtaChannel(board.ports, 0x1f0, 0x3f6, irq, stores);
  return { board, irq, channel };
}

/** Sets count, LBA (or CHS) registers and device, and commands. */
function issue(board: Board, [device, high, mid, low, count, command]: readonly number[]): void {
  [count!, low!, mid!, high!, device!, command!].forEach((value, i) => {
    board.out(0x1f2 + i, value);
  });
}

/** Status and error, and the registers a transfer leaves: device, high, mid, low, count. */
function outcome(board: Board): string {
  const [error, count, low, mid, high, device, status] = [1, 2, 3, 4, 5, 6, 7].map(i => board.in(0x1f0 + i));
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  return `${hex(status!)} ${hex(error!)}: ${[device, high, mid, low, count].map(v => hex(v!)).join(' ')}`;
}

describe('addresses: device, high, mid, low, count, command; then status, error: the registers', () => {
  const rows: [string, number[], string, number[]][] = [
    ['LBA 0', [0xe0, 0, 0, 0, 1, 0x20], '50 00: e0 00 00 00 00', [0]],
    ['LBA 1000, two sectors', [0xe0, 0, 3, 0xe8, 2, 0x20], '50 00: e0 00 03 e9 00', [1000, 1001]],
    ['CHS 0/0/1', [0xa0, 0, 0, 1, 1, 0x20], '50 00: a0 00 00 01 00', [0]],
    ['CHS over the end of a track', [0xa0, 0, 0, 63, 2, 0x21], '50 00: a1 00 00 01 00', [62, 63]],
    ['CHS over the end of a cylinder', [0xaf, 0, 0, 63, 2, 0x20], '50 00: a0 00 01 01 00', [1007, 1008]],
    [
      'the last sector',
      [0xe0, 0, (SECTORS - 1) >> 8, (SECTORS - 1) & 255, 1, 0x20],
      '50 00: e0 00 10 23 00',
      [SECTORS - 1],
    ],
    ['one beyond', [0xe0, 0, SECTORS >> 8, SECTORS & 255, 1, 0x20], '51 10: e0 00 10 23 01', []],
    [
      'the last and one beyond',
      [0xe0, 0, (SECTORS - 1) >> 8, (SECTORS - 1) & 255, 2, 0x20],
      '51 10: e0 00 10 23 01',
      [SECTORS - 1],
    ],
    ['sector 0 of CHS', [0xa0, 0, 0, 0, 1, 0x20], '51 10: a0 00 00 00 01', []],
    ['sector 64 of CHS', [0xa0, 0, 0, 64, 1, 0x20], '51 10: a0 00 00 40 01', []],
    ['far away', [0xef, 0xff, 0xff, 0xff, 0, 0x20], '51 10: e0 00 10 23 00', []],
    [
      'a count of 0 is 256',
      [0xe0, 0, 0, 0, 0, 0x20],
      '50 00: e0 00 00 ff 00',
      Array.from({ length: 256 }, (_, i) => i),
    ],
    ['READ MULTIPLE before SET MULTIPLE', [0xe0, 0, 0, 0, 1, 0xc4], '51 04: e0 00 00 00 01', []],
    ['verify', [0xe0, 0, 0, 5, 3, 0x40], '50 00: e0 00 00 07 00', []],
    ['verify beyond the end', [0xe0, 0, 0x10, 0x20, 8, 0x40], '51 10: e0 00 10 24 04', []],
    ['seek', [0xe0, 0, 0, 5, 1, 0x70], '50 00: e0 00 00 05 01', []],
    ['seek beyond the end', [0xe0, 1, 0, 5, 1, 0x70], '51 10: e0 01 00 05 01', []],
    ['recalibrate', [0xe0, 0, 0, 5, 1, 0x10], '50 00: e0 00 00 05 01', []],
    ['flush, power', [0xe0, 0, 0, 5, 1, 0xe7], '50 00: e0 00 00 05 01', []],
    ['check power mode: active', [0xe0, 0, 0, 5, 1, 0xe5], '50 00: e0 00 00 05 ff', []],
    ['IDENTIFY PACKET DEVICE', [0xe0, 0, 0, 5, 1, 0xa1], '51 04: e0 00 00 05 01', []],
    ['READ SECTORS EXT', [0xe0, 0, 0, 5, 1, 0x24], '51 04: e0 00 00 05 01', []],
    ['diagnostic', [0xe0, 9, 9, 9, 9, 0x90], '50 01: a0 00 00 01 01', []],
    ['parameters of no sectors', [0xe0, 0, 0, 5, 0, 0x91], '51 04: e0 00 00 05 00', []],
    ['SET MULTIPLE of 3', [0xe0, 0, 0, 5, 3, 0xc6], '51 04: e0 00 00 05 03', []],
    ['SET FEATURES, nothing known', [0xe0, 0, 0, 5, 3, 0xef], '51 04: e0 00 00 05 03', []],
  ];
  for (const [name, registers, expected, sectors] of rows) {
    test(name, () => {
      const { board } = build();
      issue(board, registers);
      const read: number[] = [];
      while (board.in(0x3f6) & 8) {
        read.push(board.in(0x1f0, 2));
        for (let i = 1; i < 256; i++) expect(board.in(0x1f0, 2)).toBe((read.at(-1)! % 251) * 0x101);
      }
      expect(read).toEqual(sectors);
      expect(outcome(board)).toBe(expected);
    });
  }
});

describe('transfers', () => {
  test('IDENTIFY tells geometry, LBA sectors and a model', () => {
    const { board } = build();
    issue(board, [0xa0, 0, 0, 0, 0, 0xec]);
    const words = Array.from({ length: 256 }, () => board.in(0x1f0, 2));
    const model = words
      .slice(27, 47)
      .map(word => String.fromCharCode(word >> 8, word & 0xff))
      .join('')
      .trim();
    expect([words[0], words[1], words[3], words[6], words[49], (words[61]! << 16) | words[60]!, model]).toEqual([
      0x40,
      4,
      16,
      63,
      0x200,
      SECTORS,
      'real86 disk',
    ]);
    expect(outcome(board)).toMatch(/^50 00/);
  });

  test('doublewords and bytes read the same data as words', () => {
    const { board } = build();
    const read = (width: 1 | 2 | 4) => {
      issue(board, [0xe0, 0, 3, 0xe8, 1, 0x20]);
      return Array.from({ length: 512 / width }, () => board.in(0x1f0, width)).flatMap(value =>
        Array.from({ length: width }, (_, i) => (value >>> (8 * i)) & 255),
      );
    };
    expect(read(4)).toEqual(read(2));
    expect(read(1)).toEqual(read(2));
    expect(read(2)[0]).toBe(0xe8);
  });

  const write = (board: Board, sectors: number, width: 2 | 4 = 2) => {
    for (let i = 0; i < (sectors * 512) / width; i++)
      board.ports.write(0x1f0, 0x5aa5_5aa5 & (width === 2 ? 0xffff : -1), width);
  };

  for (const width of [2, 4] as const) {
    test(`what is written in units of ${width} reads back, and the image is untouched`, () => {
      const store = new MemoryStore(IMAGE);
      const { board } = build([store]);
      issue(board, [0xe0, 0, 0, 7, 2, 0x30]);
      write(board, 2, width);
      expect(outcome(board)).toBe('50 00: e0 00 00 08 00');
      expect([store.read(7, 1)[0], store.read(8, 1)[511], store.read(9, 1)[0], IMAGE[7 * 512]]).toEqual([
        0xa5, 0x5a, 9, 7,
      ]);
      expect(store.written().map(([lba]) => lba)).toEqual([7, 8]);
    });
  }

  test('a read-only disk aborts a write at once', () => {
    const { board } = build([new MemoryStore(IMAGE, { readOnly: true })]);
    issue(board, [0xe0, 0, 0, 7, 2, 0x30]);
    expect(outcome(board)).toMatch(/^51 04/);
  });

  test('a store that fails is a bad sector', () => {
    const fails = (): never => {
      throw new Error('no such file');
    };
    const { board } = build([{ sectors: 10, readOnly: false, read: fails, write: fails }]);
    issue(board, [0xe0, 0, 0, 0, 1, 0x20]);
    const read = outcome(board);
    issue(board, [0xe0, 0, 0, 0, 1, 0x30]);
    write(board, 1);
    expect([read.slice(0, 5), outcome(board).slice(0, 5)]).toEqual(['51 40', '51 40']);
  });

  test('multiple mode: one interrupt a block, what is left at the end', () => {
    const { board, irq } = build();
    issue(board, [0xe0, 0, 0, 0, 4, 0xc6]);
    board.in(0x1f7);
    irq.rises.length = 0;
    issue(board, [0xe0, 0, 0, 0, 10, 0xc4]);
    const blocks: number[] = [];
    while (board.in(0x1f7) & 8) {
      const before = irq.rises.length;
      let words = 0;
      do {
        board.in(0x1f0, 2);
        words++;
      } while (irq.rises.length === before && board.in(0x3f6) & 8);
      blocks.push(words / 256);
    }
    expect([blocks, irq.rises.length]).toEqual([[4, 4, 2], 3]);
  });

  test('other parameters change what CHS means', () => {
    const { board } = build();
    issue(board, [0xa3, 0, 0, 0, 17, 0x91]);
    issue(board, [0xa1, 0, 2, 3, 1, 0x20]);
    // (2 cylinders of 4 heads, and 1 head) of 17 sectors, and 2.
    expect(board.in(0x1f0, 2)).toBe((2 * 4 + 1) * 17 + 2);
  });
});

describe('interrupts', () => {
  test('a read interrupts when a sector is there; reading status clears it, alternate status does not', () => {
    const { board, irq } = build();
    issue(board, [0xe0, 0, 0, 0, 1, 0x20]);
    const levels = [irq.level];
    board.in(0x3f6);
    levels.push(irq.level);
    board.in(0x1f7);
    levels.push(irq.level);
    for (let i = 0; i < 256; i++) board.in(0x1f0, 2);
    expect([...levels, irq.level]).toEqual([true, true, false, false]);
  });

  test('a write does not interrupt for its first sector, and does after each', () => {
    const { board, irq } = build();
    issue(board, [0xe0, 0, 0, 0, 2, 0x30]);
    const levels = [irq.level];
    for (let sector = 0; sector < 2; sector++) {
      for (let i = 0; i < 256; i++) board.ports.write(0x1f0, 0, 2);
      levels.push(irq.level);
      board.in(0x1f7);
    }
    expect(levels).toEqual([false, true, true]);
  });

  test('nIEN keeps the line low, and shows what is pending when it is lifted', () => {
    const { board, irq } = build();
    board.out(0x3f6, 2);
    issue(board, [0xe0, 0, 0, 0, 1, 0x20]);
    const held = irq.level;
    board.out(0x3f6, 0);
    expect([held, irq.level]).toEqual([false, true]);
  });
});

describe('who is there', () => {
  const status = (board: Board, device: number) => {
    board.out(0x1f6, device);
    return board.in(0x1f7);
  };

  const rows: [string, (BlockStore | undefined)[], number[]][] = [
    ['both', [new MemoryStore(IMAGE), new MemoryStore(IMAGE)], [0x50, 0x50]],
    ['disk 0 alone', [new MemoryStore(IMAGE)], [0x50, 0]],
    ['disk 1 alone', [undefined, new MemoryStore(IMAGE)], [0, 0x50]],
    ['an empty image is no disk', [new MemoryStore(new Uint8Array(0))], [0, 0]],
    ['nobody', [], [0, 0]],
  ];
  for (const [name, stores, statuses] of rows) {
    test(name, () => {
      const { board } = build(stores);
      expect([status(board, 0xa0), status(board, 0xb0)]).toEqual(statuses);
    });
  }

  test('SRST: busy while it is held, then the signature of a disk', () => {
    const { board } = build();
    issue(board, [0xe0, 1, 2, 3, 4, 0x20]);
    board.out(0x3f6, 4);
    const held = board.in(0x1f7);
    board.out(0x3f6, 0);
    expect([held, outcome(board)]).toEqual([0x80, '50 01: a0 00 00 01 01']);
  });

  test('a piece of a sector at the end of an image counts as one, filled with zeros', () => {
    const store = new MemoryStore(new Uint8Array(700).fill(1));
    expect([store.sectors, store.read(1, 1)[187], store.read(1, 1)[188]]).toEqual([2, 1, 0]);
  });
});
