import { describe, expect, test } from 'vitest';
import { Mc146818 } from '../../src/devices/mc146818-rtc.ts';
import { CLOCK_HZ } from '../../src/machine/clock.ts';
import { Board, Wire } from './board.ts';

function build(start?: number) {
  const board = new Board();
  const irq = new Wire(board);
  const rtc = new Mc146818(board.ports, board.clock, irq, start);
  const get = (register: number) => {
    board.out(0x70, register);
    return board.in(0x71);
  };
  const set = (register: number, value: number) => {
    board.out(0x70, register);
    board.out(0x71, value);
  };
  return { board, irq, rtc, get, set };
}

const TIME = [0x32, 9, 8, 7, 6, 4, 2, 0];

describe('the time: century, year, month, day, weekday, hours, minutes, seconds', () => {
  const at = (text: string) => Date.parse(`${text}Z`) / 1000;
  /** Start, register B, seconds that pass, registers in hex. */
  const rows: [string, number | undefined, number, number, string][] = [
    ['power-on', undefined, 0x02, 0, '20 00 01 01 07 00 00 00'],
    ['59 seconds on', undefined, 0x02, 59, '20 00 01 01 07 00 00 59'],
    ['a day and an hour on', undefined, 0x02, 90000, '20 00 01 02 01 01 00 00'],
    ['a leap day', at('2000-02-28T23:59:59'), 0x02, 1, '20 00 02 29 03 00 00 00'],
    ['a century year without one', at('2100-02-28T23:59:59'), 0x02, 1, '21 00 03 01 02 00 00 00'],
    ['in binary', at('2024-12-31T23:58:57'), 0x06, 0, '20 18 0c 1f 03 17 3a 39'],
    ['12 hours: midnight is 12 a.m.', at('2024-12-31T00:00:01'), 0x00, 0, '20 24 12 31 03 12 00 01'],
    ['12 hours: noon is 12 p.m.', at('2024-12-31T12:00:01'), 0x00, 0, '20 24 12 31 03 92 00 01'],
    ['12 hours: 11 p.m.', at('2024-12-31T23:00:01'), 0x00, 0, '20 24 12 31 03 91 00 01'],
  ];
  for (const [name, start, b, seconds, expected] of rows) {
    test(name, () => {
      const { board, get, set } = build(start);
      set(0x0b, b);
      board.pass(seconds * CLOCK_HZ);
      expect(TIME.map(register => get(register).toString(16).padStart(2, '0')).join(' ')).toBe(expected);
    });
  }

  test('is set with SET, in any order, and goes on when it is let go', () => {
    const { board, get, set } = build(at('2001-01-31T10:00:00'));
    set(0x0b, 0x82);
    board.pass(5 * CLOCK_HZ);
    // The 30th of February passes through the registers.
    for (const [register, value] of [
      [8, 0x02],
      [7, 0x30],
      [7, 0x28],
      [9, 0x24],
      [4, 0x23],
      [2, 0x59],
      [0, 0x58],
    ])
      set(register!, value!);
    expect(get(7)).toBe(0x28);
    set(0x0b, 0x02);
    board.pass(2 * CLOCK_HZ);
    expect(TIME.map(get)).toEqual([0x20, 0x24, 0x02, 0x29, 5, 0, 0, 0]);
  });

  test('UIP shows for 244 us before each second, and not with SET', () => {
    const { board, get, set } = build();
    const seen = [0.5, 0.9997, 0.9998, 1.0, 1.9999].map(second => {
      board.until(second * CLOCK_HZ);
      return get(0x0a) >> 7;
    });
    set(0x0b, 0x82);
    expect([...seen, get(0x0a) >> 7]).toEqual([0, 0, 1, 0, 1, 0]);
  });
});

describe('interrupts', () => {
  /** Registers written, seconds, rises of IRQ 8 (register C read after each). */
  const rows: [string, [number, number][], number, number[], number][] = [
    ['update-ended, each second', [[0x0b, 0x12]], 3.5, [1, 2, 3], 0x90],
    [
      'periodic at 2 Hz',
      [
        [0x0a, 0x2f],
        [0x0b, 0x42],
      ],
      1.2,
      [0.5, 1],
      0xc0,
    ],
    ['periodic at 1,024 Hz', [[0x0b, 0x42]], 0.0025, [1 / 1024, 2 / 1024], 0xc0],
    [
      'periodic off at rate 0',
      [
        [0x0a, 0x20],
        [0x0b, 0x42],
      ],
      2,
      [],
      0,
    ],
    [
      'alarm at 00:00:02',
      [
        [1, 0x02],
        [3, 0],
        [5, 0],
        [0x0b, 0x22],
      ],
      70,
      [2],
      0xa0,
    ],
    [
      'alarm at second 5 of any minute',
      [
        [1, 0x05],
        [3, 0xff],
        [5, 0xc0],
        [0x0b, 0x22],
      ],
      70,
      [5, 65],
      0xa0,
    ],
    ['nothing while SET holds the time', [[0x0b, 0x92]], 3, [], 0],
    [
      'nothing while the divider is held',
      [
        [0x0a, 0x76],
        [0x0b, 0x52],
      ],
      3,
      [],
      0,
    ],
    ['nothing enabled', [[0x0b, 0x02]], 3, [], 0],
  ];
  for (const [name, writes, seconds, rises, flags] of rows) {
    test(name, () => {
      const { board, irq, get, set } = build();
      for (const [register, value] of writes) set(register, value);
      const enabled = writes.find(([register]) => register === 0x0b)![1] & 0x70;
      const seen = new Set<number>();
      while (board.clock.next <= seconds * CLOCK_HZ) {
        board.until(board.clock.next);
        if (irq.level) seen.add(get(0x0c) & (0x80 | enabled));
      }
      expect(irq.rises).toEqual(rises.map(second => Math.ceil(second * CLOCK_HZ)));
      expect([...seen]).toEqual(flags === 0 ? [] : [flags]);
    });
  }

  test('reading register C clears it and lowers the line; flags rise without their enables too', () => {
    const { board, irq, get, set } = build();
    set(0x0b, 0x12);
    board.pass(CLOCK_HZ);
    expect([irq.level, get(0x0c), irq.level, get(0x0c)]).toEqual([true, 0xd0, false, 0]);
    set(0x0b, 0x02);
    board.pass(CLOCK_HZ);
    expect([irq.level, get(0x0c) & 0xd0]).toEqual([false, 0x50]);
  });
});

test('CMOS memory reads back, D says that the battery is good, 70h reads as nothing', () => {
  const { board, get, set } = build();
  set(0x40, 0xa5);
  set(0x0d, 0x00);
  // Bit 7 of the index masks NMI.
  board.out(0x70, 0xc0);
  expect([board.in(0x71), get(0x0d), board.in(0x70)]).toEqual([0xa5, 0x80, 0xff]);
});
