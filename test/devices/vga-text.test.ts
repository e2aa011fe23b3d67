import { describe, expect, test } from 'vitest';
import { Cp437 } from '../../src/devices/cp437.ts';
import { VgaText } from '../../src/devices/vga-text.ts';
import { CLOCK_HZ } from '../../src/machine/clock.ts';
import { Board } from './board.ts';

function build() {
  const board = new Board();
  const memory = new Uint8Array(0x8000);
  const pixels = new Uint8Array(0x10000);
  const vga = new VgaText(board.ports, board.clock, memory, pixels);
  const crtc = (register: number, value: number) => board.ports.write(0x3d4, register | (value << 8), 2);
  const print = (cell: number, text: string, attribute = 7) =>
    memory.set(
      [...text].flatMap(c => [c.charCodeAt(0), attribute]),
      cell * 2,
    );
  return { board, memory, pixels, vga, crtc, print };
}

describe('the screen', () => {
  test('shows 80 columns and 25 rows before anything is programmed', () => {
    const { vga, print } = build();
    print(0, 'top');
    print(24 * 80 + 70, 'bottom');
    const text = vga.screenText();
    expect([text.length, text[0], text[24]]).toEqual([25, 'top', `${' '.repeat(70)}bottom`]);
  });

  /** CRTC writes, then columns, rows, and the text of row 1 where cell 100 holds "x" and cell 40 "y". */
  const rows: [string, [number, number][], number, number, string][] = [
    ['40 columns', [[1, 39]], 40, 25, 'y'],
    [
      'a start address',
      [
        [1, 79],
        [0x0d, 20],
      ],
      80,
      25,
      'x',
    ],
    [
      'a row offset of 100 cells',
      [
        [1, 79],
        [0x13, 50],
      ],
      80,
      25,
      'x',
    ],
    [
      '50 rows of 8 lines',
      [
        [7, 0x02],
        [0x12, 0x8f],
        [9, 7],
      ],
      80,
      50,
      `${' '.repeat(20)}x`,
    ],
    [
      '25 rows of 16 lines',
      [
        [7, 0x02],
        [0x12, 0x8f],
        [9, 15],
      ],
      80,
      25,
      `${' '.repeat(20)}x`,
    ],
  ];
  for (const [name, writes, columns, height, row1] of rows) {
    test(name, () => {
      const { vga, crtc, print } = build();
      print(100, 'x');
      print(40, 'y');
      for (const [register, value] of writes) crtc(register, value);
      expect([vga.columns, vga.rows, vga.screenText()[1]]).toEqual([columns, height, row1]);
    });
  }

  test('cells carry code, character and attribute', () => {
    const { vga, print } = build();
    print(0, '\xb0', 0x1e);
    expect(vga.cells()[0]![0]).toEqual({ code: 0xb0, character: '░', attribute: 0x1e });
  });

  test('the character set has 256 characters, of one column each', () => {
    expect([Cp437.length, Cp437[1], Cp437[0x41], Cp437[0x7f], Cp437[0xc9], Cp437[0xe1], Cp437[0xfe]]).toEqual([
      256,
      '☺',
      'A',
      '⌂',
      '╔',
      'ß',
      '■',
    ]);
  });

  test('the cursor: place, off, and off the screen', () => {
    const { vga, crtc } = build();
    crtc(0x0e, 0x01);
    crtc(0x0f, 0x44);
    const shown = vga.cursor;
    crtc(0x0a, 0x20);
    const off = vga.cursor;
    crtc(0x0a, 0x00);
    crtc(0x0e, 0x20);
    expect([shown, off, vga.cursor]).toEqual([{ row: 4, column: 4 }, undefined, undefined]);
  });
});

describe('registers', () => {
  /** Index port, index, data port, value written, value read back. */
  const rows: [string, number, number, number, number, number][] = [
    ['CRT controller', 0x3d4, 0x0a, 0x3d5, 0x5a, 0x5a],
    ['sequencer', 0x3c4, 0x02, 0x3c5, 0x0f, 0x0f],
    ['graphics controller', 0x3ce, 0x06, 0x3cf, 0x0e, 0x0e],
  ];
  for (const [name, indexPort, index, dataPort, written, read] of rows) {
    test(`${name} reads back, index and data`, () => {
      const { board } = build();
      board.ports.write(indexPort, index | (written << 8), 2);
      expect([board.in(indexPort), board.in(dataPort)]).toEqual([index, read]);
    });
  }

  test('the attribute controller takes index and data in turn; reading 3DAh begins with the index', () => {
    const { board } = build();
    board.in(0x3da);
    board.out(0x3c0, 0x10, 0x0c, 0x11);
    board.in(0x3da);
    board.out(0x3c0, 0x30);
    expect([board.in(0x3c0), board.in(0x3c1)]).toEqual([0x30, 0x0c]);
  });

  test('the DAC moves on by itself; colours go through the palette', () => {
    const { board, vga } = build();
    board.out(0x3c8, 0x14);
    board.out(0x3c9, 63, 21, 0);
    board.out(0x3c7, 0x14);
    const read = [board.in(0x3c9), board.in(0x3c9), board.in(0x3c9), board.in(0x3c7), board.in(0x3c8)];
    board.in(0x3da);
    board.out(0x3c0, 6, 0x14);
    expect([read, vga.colour(6)]).toEqual([
      [63, 21, 0, 3, 0x15],
      [255, 85, 0],
    ]);
  });

  test('miscellaneous output chooses between 3Bxh and 3Dxh', () => {
    const { board } = build();
    board.out(0x3d4, 0x0c);
    const colour = [board.in(0x3d4), board.in(0x3b4)];
    board.out(0x3c2, 0);
    expect([...colour, board.in(0x3d4), board.in(0x3b4), board.in(0x3cc)]).toEqual([0x0c, 0xff, 0xff, 0x0c, 0]);
  });

  test('registers 0 to 7 of the CRT controller can be protected, but for line compare', () => {
    const { board, crtc } = build();
    crtc(0x11, 0x80);
    crtc(0x01, 0x4f);
    crtc(0x07, 0xff);
    const read = (register: number) => {
      board.out(0x3d4, register);
      return board.in(0x3d5);
    };
    expect([read(1), read(7)]).toEqual([0, 0x10]);
  });

  test('retrace comes 70 times a second, for 49 of 449 lines', () => {
    const { board } = build();
    let retraces = 0;
    let high = 0;
    let last = 0;
    const samples = 10_000;
    for (let i = 0; i < samples; i++) {
      board.pass(CLOCK_HZ / samples);
      const now = board.in(0x3da) & 8;
      if (now) high++;
      if (now && !last) retraces++;
      last = now;
    }
    expect([retraces, Math.round((high / samples) * 449)]).toEqual([70, 49]);
  });
});

describe('the picture', () => {
  /** As the BIOS programs mode 13h: what the picture depends on. */
  function mode13() {
    const bench = build();
    for (const [register, value] of [
      [0x01, 0x4f],
      [0x07, 0x1f],
      [0x09, 0x41],
      [0x12, 0x8f],
      [0x13, 0x28],
    ]) {
      bench.crtc(register!, value!);
    }
    bench.board.ports.write(0x3c4, 0x0e04, 2);
    bench.board.ports.write(0x3ce, 0x0506, 2);
    bench.board.out(0x3c8, 9);
    bench.board.out(0x3c9, 63, 0, 21);
    return bench;
  }

  test('is not there in a text mode', () => expect(build().vga.picture()).toBe(undefined));

  test('of mode 13h has 320 by 200 pixels, a byte each, through the DAC', () => {
    const { vga, pixels } = mode13();
    pixels[320 * 199 + 319] = 9;
    const picture = vga.picture()!;
    expect([picture.width, picture.height, [...picture.rgb.slice(-6)]]).toEqual([320, 200, [0, 0, 0, 255, 0, 85]]);
  });

  test('moves with the start address', () => {
    const { vga, pixels, crtc } = mode13();
    pixels[320] = 9;
    crtc(0x0d, 80);
    expect([...vga.picture()!.rgb.slice(0, 3)]).toEqual([255, 0, 85]);
  });
});
