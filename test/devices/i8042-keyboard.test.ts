import { describe, expect, test } from 'vitest';
import { I8042 } from '../../src/devices/i8042-keyboard.ts';
import { Keys } from '../../src/devices/keys.ts';
import { CLOCK_HZ } from '../../src/machine/clock.ts';
import { Board, Wire } from './board.ts';

function build() {
  const board = new Board();
  const lines = { irq1: new Wire(board), irq12: new Wire(board), a20: new Wire(board), reset: new Wire(board) };
  const keyboard = new I8042(board.ports, board.clock, lines);
  keyboard.reset();
  return { board, lines, keyboard };
}

/** Reads all that comes, waiting up to a second for each byte. */
function drain(board: Board): string {
  const bytes: string[] = [];
  for (let waited = 0; waited < 1000 && bytes.length < 64; waited++) {
    if (board.in(0x64) & 1) {
      bytes.push(board.in(0x60).toString(16).padStart(2, '0'));
      waited = 0;
    } else board.pass(CLOCK_HZ / 1000);
  }
  return bytes.join(' ');
}

/** `64=aa` writes; the bytes that come are compared. */
const rows: [string, string, string][] = [
  ['self test', '64=aa', '55'],
  ['interface tests', '64=ab 64=a9', '00 00'],
  ['the command byte reads back', '64=60 60=65 64=20', '65'],
  ['RAM reads back', '64=6a 60=12 64=2a', '12'],
  ['input port: unlocked, colour', '64=c0', 'b0'],
  ['output port: no reset, its A20 closed', '64=d0', 'c1'],
  ['output port after DFh', '64=df 64=d0', 'c3'],
  ['D2h: as from the keyboard', '64=d2 60=99', '99'],
  ['keyboard reset', '60=ff', 'fa aa'],
  ['identify, translated', '60=f2', 'fa ab 41'],
  ['identify, raw', '64=60 60=05 60=f2', 'fa ab 83'],
  ['echo', '60=ee', 'ee'],
  ['LEDs and rate', '60=ed 60=07 60=f3 60=20', 'fa fa fa fa'],
  ['scan code set is 2', '64=60 60=05 60=f0 60=00', 'fa fa 02'],
  ['set 1 is taken', '64=60 60=05 60=f0 60=01 60=f0 60=00', 'fa fa fa fa 01'],
  ['enable, disable, defaults', '60=f4 60=f5 60=f6', 'fa fa fa'],
  ['resend', '60=ee 60=fe', 'ee ee'],
  ['unknown command', '60=e1', 'fe'],
  ['no mouse', '64=d4 60=ff', 'fe'],
];

function write(board: Board, script: string): string[] {
  return script.split(' ').flatMap(word => {
    board.out(Number.parseInt(word.slice(0, 2), 16), Number.parseInt(word.slice(3), 16));
    return drain(board) || [];
  });
}

describe('commands', () => {
  for (const [name, script, expected] of rows) {
    test(name, () => {
      expect(write(build().board, script).join(' ')).toBe(expected);
    });
  }

  test('the mouse that is not there times out, on the auxiliary side', () => {
    const { board, lines } = build();
    board.out(0x64, 0x60);
    board.out(0x60, 0x47);
    board.out(0x64, 0xd4);
    board.out(0x60, 0xf4);
    expect([board.in(0x64) & 0x61, lines.irq12.level, lines.irq1.level]).toEqual([0x61, true, false]);
    board.in(0x60);
    expect([board.in(0x64) & 0x61, lines.irq12.level]).toEqual([0, false]);
  });

  test('status: self test sets the system flag; bit 3 tells a command from data', () => {
    const { board } = build();
    const before = board.in(0x64);
    board.out(0x64, 0xaa);
    board.in(0x60);
    const after = board.in(0x64);
    board.out(0x60, 0xee);
    expect([before, after, board.in(0x64)]).toEqual([0x10, 0x1c, 0x14]);
  });
});

describe('typing', () => {
  const SET2 = '64=60 60=05';
  const typed: [string, string, (keyboard: I8042) => void, string][] = [
    ['a letter', '64=ae', k => k.type('a'), '1e 9e'],
    ['a capital', '64=ae', k => k.type('A'), '2a 1e 9e aa'],
    ['a line', '64=ae', k => k.type('1\n'), '02 82 1c 9c'],
    ['control', '64=ae', k => k.type('\x03'), '1d 2e ae 9d'],
    ['punctuation', '64=ae', k => k.type('\\|`~'), '2b ab 2a 2b ab aa 29 a9 2a 29 a9 aa'],
    ['characters without a key are left out', '64=ae', k => k.type('é.'), '34 b4'],
    ['an arrow', '64=ae', k => k.press('ArrowUp'), 'e0 48'],
    ['releasing it', '64=ae', k => k.release('ArrowUp'), 'e0 c8'],
    ['F7, whose code is above 7Fh in set 2', '64=ae', k => k.press('F7'), '41'],
    ['a letter in set 2', SET2, k => k.type('a'), '1c f0 1c'],
    ['an arrow in set 2', SET2, k => k.release('ArrowUp'), 'e0 f0 75'],
    ['in set 1 by the keyboard itself', `${SET2} 60=f0 60=01`, k => k.type('a'), '1e 9e'],
    ['nothing while the keyboard is off', '64=ad', k => k.type('a'), ''],
    ['nothing while it does not scan', '60=f5', k => k.type('a'), ''],
  ];
  for (const [name, script, strike, expected] of typed) {
    test(name, () => {
      const { board, keyboard } = build();
      write(board, script);
      strike(keyboard);
      expect(drain(board)).toBe(expected);
    });
  }

  test('every printable ASCII character has a key, and no two the same', () => {
    const seen = new Set<string>();
    for (let code = 0x20; code < 0x7f; code++) {
      const { board, keyboard } = build();
      keyboard.type(String.fromCharCode(code));
      seen.add(drain(board));
    }
    expect([seen.size, seen.has('')]).toEqual([95, false]);
  });

  test('a byte at a time: IRQ 1 falls when it is read and rises with the next', () => {
    const { board, keyboard, lines } = build();
    keyboard.type('a');
    board.pass(CLOCK_HZ);
    const held = [lines.irq1.level, lines.irq1.rises.length];
    board.in(0x60);
    const read = lines.irq1.level;
    board.pass(CLOCK_HZ);
    expect([...held, read, lines.irq1.rises.length]).toEqual([true, 1, false, 2]);
  });

  test('what is typed while the keyboard is off comes when it is on again', () => {
    const { board, keyboard } = build();
    board.out(0x64, 0xad);
    keyboard.type('ab');
    expect(drain(board)).toBe('');
    board.out(0x64, 0xae);
    expect(drain(board)).toBe('1e 9e 30 b0');
  });

  test('all keys differ', () => {
    const codes = [...Keys.values()].map(key => `${key.extended} ${key.set1}`);
    const codes2 = [...Keys.values()].map(key => `${key.extended} ${key.set2}`);
    expect([new Set(codes).size, new Set(codes2).size]).toEqual([Keys.size, Keys.size]);
  });

  test('an unknown key is the host’s mistake', () => {
    expect(() => build().keyboard.press('Any')).toThrow('no key is called Any');
  });
});

test('A20 and reset are wires', () => {
  const { board, lines } = build();
  const steps = ['64=dd', '64=df', '64=d1 60=dd', '64=d1 60=df'].map(step => {
    write(board, step);
    return lines.a20.level;
  });
  write(board, '64=f1');
  const pulsed = [lines.reset.rises.length];
  write(board, '64=fe');
  write(board, '64=d1 60=de');
  expect([steps, [...pulsed, lines.reset.rises.length]]).toEqual([
    [false, true, false, true],
    [0, 2],
  ]);
});
