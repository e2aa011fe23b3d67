import { describe, expect, test } from 'vitest';
import { Uart16550 } from '../../src/devices/uart-16550.ts';
import type { SerialPort } from '../../src/devices/wiring.ts';
import { Board, Wire } from './board.ts';

const BASE = 0x3f8;
/** Ticks of a character at divisor 1. */
const CHARACTER = 8681;

/** A source that gives what is in `queue`: bytes, 'wait', 'eof'; then 'wait' for ever. */
function source(...queue: (number | 'wait' | 'eof')[]) {
  return { queue, next: () => queue.shift() ?? 'wait' };
}

function build(port: SerialPort = {}) {
  const board = new Board();
  const irq = new Wire(board);
  const sent: number[] = [];
  let starved = 0;
  const uart = new Uart16550(
    board.ports,
    BASE,
    board.clock,
    irq,
    { transmit: byte => sent.push(byte), ...port },
    () => starved++,
  );
  return { board, irq, uart, sent, starvedTimes: () => starved };
}

/** Script: `n=vv` writes register n, `rn` reads it, `irq` is the line, `+n` lets n characters of divisor 1 pass. */
function run(script: string, port?: SerialPort): (number | boolean)[] {
  const { board, irq } = build(port);
  const seen: (number | boolean)[] = [];
  for (const word of script.split(' ')) {
    if (word === 'irq') seen.push(irq.level);
    else if (word[0] === '+') board.pass(Number(word.slice(1)) * CHARACTER);
    else if (word[0] === 'r') seen.push(board.in(BASE + Number(word[1])));
    else board.out(BASE + Number(word[0]), Number.parseInt(word.slice(2), 16));
  }
  return seen;
}

const FAST = '3=80 0=01 1=00 3=03';

describe('registers', () => {
  const rows: [string, string, (number | boolean)[]][] = [
    ['at power-on: nothing pending, THR empty, a terminal is there', 'r1 r2 r3 r4 r5 r6', [0, 0x01, 0, 0, 0x60, 0xb0]],
    ['DLAB shows the divisor and hides RBR and IER', '3=83 0=34 1=12 r0 r1 3=03 r1', [0x34, 0x12, 0]],
    ['scratch', '7=a5 r7', [0xa5]],
    ['IER, LCR and MCR keep the bits they have', '1=ff r1 3=7f r3 4=ff r4', [0x0f, 0x7f, 0x1f]],
    ['IIR tells of the FIFOs', '2=01 r2 2=00 r2', [0xc1, 0x01]],
    ['THRE interrupt when it is enabled, told once', '1=02 irq r2 irq r2', [true, 0x02, false, 0x01]],
    ['THRE interrupt after each byte', '1=02 r2 0=41 irq r2 irq', [0x02, true, 0x02, false]],
    ['loopback brings the byte back', '4=10 0=5a r5 r0 r5', [0x61, 0x5a, 0x60]],
    [
      'loopback ties the modem lines: RTS-CTS, DTR-DSR, OUT1-RI, OUT2-DCD',
      '4=10 r6 4=12 r6 4=11 r6 4=14 r6 4=18 r6',
      [0x0b, 0x11, 0x23, 0x42, 0x8c],
    ],
    ['an overrun without FIFO', '4=10 0=01 0=02 r5 r5 r0', [0x63, 0x61, 0x01]],
    ['16 bytes fit the FIFO, the 17th overruns', `2=01 4=10 ${'0=07 '.repeat(17)}r5`, [0x63]],
    ['clearing the receiver FIFO', '2=01 4=10 0=01 0=02 2=03 r5', [0x60]],
    ['line status goes before received data', '1=05 4=10 0=01 0=02 r2 r5 r2', [0x06, 0x63, 0x04]],
    [
      'received data below the trigger waits, at it does not',
      '2=41 1=01 4=10 0=01 0=02 0=03 irq 0=04 irq r2',
      [false, true, 0xc4],
    ],
    [
      'a FIFO left alone for four characters times out',
      `${FAST} 2=c1 1=01 4=10 0=01 +3 irq +2 irq r2 r0 irq`,
      [false, true, 0xcc, 1, false],
    ],
    ['modem status interrupt, told until MSR is read', '1=08 4=10 r2 r6 r2 irq', [0x00, 0x0b, 0x01, false]],
  ];
  for (const [name, script, expected] of rows) test(name, () => expect(run(script)).toEqual(expected));

  test('what is transmitted goes out, but not in loopback', () => {
    const { board, sent } = build();
    board.out(BASE, 0x41);
    board.out(BASE + 4, 0x10);
    board.out(BASE, 0x42);
    expect(sent).toEqual([0x41]);
  });
});

describe('a paced source', () => {
  const rows: [string, string, (number | 'wait' | 'eof')[], (number | boolean)[]][] = [
    ['nothing comes before the guest listens', `${FAST} +9 r5`, [1, 2], [0x60]],
    ['a byte a character time from then on, with FIFO', `${FAST} 2=01 1=01 +1 r0 r5 +1 r0`, [1, 2], [1, 0x60, 2]],
    ['polling twice is listening', `${FAST} r5 r5 +1 r5 r0`, [7], [0x60, 0x60, 0x61, 7]],
    ['polling before each transmission is not', `${FAST} r5 0=41 r5 0=42 r5 +3 0=43 r5`, [7], [0x60, 0x60, 0x60, 0x60]],
    ['a full receiver loses nothing', `${FAST} 1=01 +9 r0 r0 +1 r0`, [1, 2, 3], [1, 2, 3]],
    ['at the end the line stays up', `${FAST} 1=01 +3 r0 r6`, [1, 'eof'], [1, 0xb0]],
    [
      'after "wait" it is asked again when the guest polls',
      `${FAST} 1=01 +1 r5 r5 +1 r0`,
      ['wait', 9],
      [0x60, 0x60, 9],
    ],
  ];
  for (const [name, script, queue, expected] of rows) {
    test(name, () => expect(run(script, { source: source(...queue) })).toEqual(expected));
  }
});

describe('a source on demand', () => {
  const RTS = '4=02';
  const rows: [string, string, (number | 'wait' | 'eof')[], (number | boolean)[]][] = [
    ['gives nothing without RTS', `${FAST} 1=01 +9 r5 r5`, [1], [0x60, 0x60]],
    ['gives one byte at once when RTS rises', `${FAST} 1=01 ${RTS} irq r0 r5`, [1, 2], [true, 1, 0x60]],
    ['gives the next a character after the last was read', `${FAST} ${RTS} r0 r5 +2 r5 r0`, [1, 2], [1, 0x60, 0x61, 2]],
    ['but only one at a time', `${FAST} 2=01 ${RTS} +9 r0 r5`, [1, 2, 3], [1, 0x60]],
    ['and not when RTS was lowered meanwhile', `${FAST} ${RTS} r0 4=00 +9 r5 ${RTS} r5 r0`, [1, 2], [1, 0x60, 0x61, 2]],
    [
      'hangs up at the end: DCD falls, with its delta',
      `${FAST} 1=08 ${RTS} irq r6 r6 irq`,
      ['eof'],
      [true, 0x38, 0x30, false],
    ],
  ];
  for (const [name, script, queue, expected] of rows) {
    test(name, () => expect(run(script, { source: source(...queue), onDemand: true })).toEqual(expected));
  }

  test('is starved when the byte is not there, until it is', () => {
    const input = source('wait');
    const { board, uart, starvedTimes } = build({ source: input, onDemand: true });
    board.out(BASE + 4, 2);
    const before = [uart.input.starved, starvedTimes()];
    uart.input.poll();
    const still = uart.input.starved;
    input.queue.push(0x61);
    uart.input.poll();
    expect([...before, still, uart.input.starved, board.in(BASE)]).toEqual([true, 1, true, false, 0x61]);
  });
});
