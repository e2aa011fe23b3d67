import { describe, expect, test } from 'vitest';
import { I8254, PIT_HZ } from '../../src/devices/i8254-pit.ts';
import { CLOCK_HZ } from '../../src/machine/clock.ts';
import { Board, Wire } from './board.ts';

const tickOf = (clocks: number) => Math.ceil((clocks * CLOCK_HZ) / PIT_HZ);

function build() {
  const board = new Board();
  const irq = new Wire(board);
  const pit = new I8254(board.ports, board.clock, irq);
  return { board, irq, pit };
}

/** Programs channel 2 at clock 0 and tells OUT after each clock from the load on: H or L. */
function outputs(
  mode: number,
  count: number,
  clocks: number,
  steps: Record<number, (pit: I8254, board: Board) => void> = {},
): string {
  const { board, pit } = build();
  pit.setGate2(true);
  board.out(0x43, 0x90 | (mode << 1));
  board.out(0x42, count);
  let levels = '';
  for (let clock = 1; clock <= clocks; clock++) {
    board.until(tickOf(clock));
    steps[clock]?.(pit, board);
    levels += pit.out2 ? 'H' : 'L';
  }
  return levels;
}

const up = (pit: I8254) => pit.setGate2(true);
const down = (pit: I8254) => pit.setGate2(false);
const write = (value: number) => (_: I8254, board: Board) => board.out(0x42, value);

describe('OUT, one letter a clock, the first when the count is loaded', () => {
  const rows: [string, number, number, string, Parameters<typeof outputs>[3]?][] = [
    ['mode 0 goes high after N', 0, 4, 'LLLLHHHH'],
    ['mode 0 with the gate low for two clocks', 0, 4, 'LLLLLLHH', { 2: down, 4: up }],
    ['mode 0 starts again with a new count', 0, 3, 'LLLHLLLLH', { 5: write(3) }],
    ['mode 1 waits for its trigger', 1, 3, 'HHHHHH'],
    ['mode 1, triggered after clock 2', 1, 3, 'HHLLLHHH', { 1: down, 2: up }],
    ['mode 1, triggered again', 1, 3, 'HHLLLLLHHH', { 1: down, 2: up, 3: down, 4: up }],
    ['mode 2 is low for the last clock of N', 2, 4, 'HHHLHHHLHHHL'],
    ['mode 2 stops high, and reloads on the rise', 2, 4, 'HHHHHHHLHHHL', { 3: down, 4: up }],
    ['mode 2 takes a new count at the end of the period', 2, 4, 'HHHLHHLHHL', { 2: write(3) }],
    ['mode 3 is a square wave', 3, 4, 'HHLLHHLLHHLL'],
    ['mode 3 of an odd count is high for longer', 3, 5, 'HHHLLHHHLL'],
    ['mode 3 takes a new count at the end of the half', 3, 4, 'HHLLLHHHLLL', { 2: write(6) }],
    ['mode 4 is low for one clock after N', 4, 3, 'HHHLHHHH'],
    ['mode 5 does so after its trigger', 5, 3, 'HHHHHLHH', { 1: down, 2: up }],
  ];
  for (const [name, mode, count, levels, steps] of rows) {
    test(name, () => expect(outputs(mode, count, levels.length, steps)).toBe(levels));
  }
});

describe('what is read', () => {
  /** Script: `43=34` writes, `@n` waits until clock n, `r40` reads. The load happens at clock 1. */
  const rows: [string, string, number[]][] = [
    ['mode 2 counts down and begins again at N', '43=14 40=0a @1 r40 @4 r40 @10 r40 @11 r40', [10, 7, 1, 10]],
    ['mode 3 counts down by two, twice a period', '43=16 40=0a @1 r40 @2 r40 @5 r40 @6 r40', [10, 8, 2, 10]],
    ['mode 3, odd', '43=16 40=05 @1 r40 @2 r40 @3 r40 @4 r40 @5 r40', [4, 2, 0, 4, 2]],
    ['mode 0 goes on below zero', '43=30 40=02 40=00 @3 r40 r40 @4 r40 r40', [0, 0, 0xff, 0xff]],
    ['mode 0 in BCD goes on to 9999', '43=31 40=02 40=00 @4 r40 r40', [0x99, 0x99]],
    ['a BCD count', '43=31 40=00 40=10 @2 r40 r40', [0x99, 0x09]],
    ['a count of 0 is 65,536', '43=34 40=00 40=00 @1 r40 r40 @2 r40 r40', [0, 0, 0xff, 0xff]],
    [
      'a latched count stays, both bytes',
      '43=34 40=00 40=10 @1 43=00 @20 r40 r40 @21 r40 r40',
      [0x00, 0x10, 0xec, 0x0f],
    ],
    ['a second latch is ignored until the first is read', '43=14 40=0a @1 43=00 @4 43=00 r40 r40', [10, 7]],
    ['high byte only', '43=20 40=02 @1 r40', [2]],
    ['read-back of count and status, status first', '43=34 40=00 40=10 @1 43=c2 r40 r40 r40', [0xb4, 0x00, 0x10]],
    ['status: a count written is not in use before a clock', '43=34 40=00 40=10 43=e2 r40 @1 43=e2 r40', [0xf4, 0xb4]],
    ['status after the control word alone: null count, OUT low in mode 0', '43=30 43=e2 r40', [0x70]],
    ['43h reads as nothing', 'r43', [0xff]],
    ['modes 6 and 7 are 2 and 3', '43=3c 40=00 40=10 @1 43=e2 r40', [0xb4]],
  ];
  for (const [name, script, expected] of rows) {
    test(name, () => {
      const { board } = build();
      const seen: number[] = [];
      for (const word of script.split(' ')) {
        if (word[0] === '@') board.until(tickOf(Number(word.slice(1))));
        else if (word[0] === 'r') seen.push(board.in(Number.parseInt(word.slice(1), 16)));
        else board.out(Number.parseInt(word.slice(0, 2), 16), Number.parseInt(word.slice(3), 16));
      }
      expect(seen).toEqual(expected);
    });
  }
});

describe('IRQ 0 rises', () => {
  const rows: [string, number[], number[]][] = [
    ['once in mode 0', [0x30, 100, 0], [101]],
    ['each N in mode 2', [0x34, 100, 0], [0, 101, 201, 301]],
    ['each N in mode 3', [0x36, 101, 0], [0, 102, 203, 304]],
    ['when the strobe of mode 4 ends', [0x38, 100, 0], [0, 102]],
  ];
  for (const [name, [word, ...count], clocks] of rows) {
    test(name, () => {
      const { board, irq } = build();
      board.out(0x43, word!);
      board.out(0x40, ...count);
      board.until(tickOf(350));
      expect(irq.rises).toEqual(clocks.map(tickOf));
    });
  }

  test('18.2 times a second, without drift, as the BIOS programs it', () => {
    const { board, irq } = build();
    board.out(0x43, 0x36);
    board.out(0x40, 0, 0);
    board.until(3600 * CLOCK_HZ);
    expect(irq.rises.length).toBe(1 + Math.floor((3600 * PIT_HZ - 1) / 65536));
  });
});
