import { expect, test } from 'vitest';
import { I8259Pair } from '../../src/devices/i8259-pic.ts';
import { Board, Wire } from './board.ts';

function build() {
  const board = new Board();
  const intr = new Wire();
  const pic = new I8259Pair(board.ports, intr);
  board.out(0x20, 0x11);
  board.out(0x21, 0x08, 0x04, 0x01);
  board.out(0xa0, 0x11);
  board.out(0xa1, 0x70, 0x02, 0x01);
  return { board, intr, pic };
}

/** Runs a script: `+n` and `-n` move IRQ n, `INTA` yields a vector or "none" without INTR, `r20` reads a port, `20=0a` writes one. */
function run(script: string): (number | string)[] {
  const { board, intr, pic } = build();
  const seen: (number | string)[] = [];
  for (const word of script.split(' ')) {
    if (/^[+-]/.test(word)) pic.line(Number(word.slice(1))).set(word[0] === '+');
    else if (word === 'INTA') seen.push(intr.level ? pic.acknowledge() : 'none');
    else if (word === 'INTA!') seen.push(pic.acknowledge());
    else if (word[0] === 'r') seen.push(board.in(Number.parseInt(word.slice(1), 16)));
    else board.out(Number.parseInt(word.split('=')[0]!, 16), Number.parseInt(word.split('=')[1]!, 16));
  }
  return seen;
}

const rows: [string, string, (number | string)[]][] = [
  ['an edge is delivered once', '+0 INTA INTA 20=20 INTA', [0x08, 'none', 'none']],
  ['IR1 waits for the EOI of IR0', '+0 INTA +1 INTA 20=20 INTA', [0x08, 'none', 0x09]],
  ['IR0 interrupts IR1 in service', '+1 INTA +0 INTA', [0x09, 0x08]],
  ['a masked request waits in IRR', '21=01 +0 INTA r20 21=00 INTA', ['none', 0x01, 0x08]],
  ['an edge that is gone is no request', '21=01 +0 -0 21=00 INTA', ['none']],
  ['a request gone before INTA is a spurious IR7', '+3 -3 INTA! 20=0b r20', [0x0f, 0x00]],
  ['OCW3 chooses ISR or IRR', '+5 INTA +6 20=0b r20 20=0a r20', [0x0d, 0x20, 0x40]],
  ['the slave comes through IR2 with its own vector', '+8 INTA', [0x70]],
  ['the slave needs an EOI in both chips', '+8 INTA +9 INTA a0=20 20=20 INTA', [0x70, 'none', 0x71]],
  ['IRQ 8 goes before IRQ 3', '21=ff +3 +8 21=00 INTA', [0x70]],
  ['specific EOI clears the one it names', '+1 INTA +0 INTA 20=61 20=0b r20', [0x09, 0x08, 0x01]],
  ['non-specific EOI clears the highest', '+1 INTA +0 INTA 20=20 20=0b r20', [0x09, 0x08, 0x02]],
  ['automatic rotation puts the served last', '20=a0 +4 INTA 20=a0 21=ff +3 -4 +4 +5 21=00 INTA', [0x0c, 0x0d]],
  ['rotation on specific EOI', '+4 INTA 20=e4 21=ff +3 -4 +4 +6 21=00 INTA', [0x0c, 0x0e]],
  ['set priority: IR5 lowest, so IR6 highest', '20=c5 21=ff +0 +6 21=00 INTA', [0x0e]],
  ['special mask lets lower ones through', '+1 INTA 21=02 20=68 +5 INTA', [0x09, 0x0d]],
  ['without special mask they wait', '+1 INTA 21=02 +5 INTA', [0x09, 'none']],
  ['in special mask mode a plain EOI skips what is masked', '+1 INTA 21=02 20=68 20=20 20=0b r20', [0x09, 0x02]],
  ['poll reads the level and takes it into service', '+4 20=0c r20 20=0b r20 20=0c r20', [0x84, 0x10, 0x07]],
  ['automatic EOI leaves nothing in service', '20=11 21=08 21=04 21=03 +3 INTA 20=0b r20', [0x0b, 0x00]],
  ['automatic EOI with rotation', '20=11 21=08 21=04 21=03 20=80 +3 INTA 21=ff -3 +3 +4 21=00 INTA', [0x0b, 0x0c]],
  ['level-triggered by ELCR: asks again after EOI', '4d0=20 +5 INTA 20=20 INTA 20=20 -5 INTA', [0x0d, 0x0d, 'none']],
  ['ELCR cannot make the timer level-triggered', '4d0=ff r4d0 4d1=ff r4d1', [0xf8, 0xde]],
  ['ICW1 forgets edges and the mask', '21=ff +0 20=11 21=08 21=04 21=01 INTA r21', ['none', 0x00]],
  ['special fully nested: the slave interrupts itself', '20=11 21=08 21=04 21=11 +15 INTA +8 INTA', [0x77, 0x70]],
  ['vector bases are taken by eights', '20=11 21=27 21=04 21=01 +1 INTA', [0x21]],
  ['ICW1 without IC4: two words, no automatic EOI', '20=10 21=20 21=04 21=fe r21 +0 INTA', [0xfe, 0x20]],
];

for (const [name, script, expected] of rows) test(name, () => expect(run(script)).toEqual(expected));

test('accepts() says what would reach the processor', () => {
  const { board, pic } = build();
  pic.line(1).set(true);
  pic.acknowledge();
  board.out(0xa1, 0x02);
  expect([0, 1, 3, 8, 9].map(irq => pic.accepts(irq))).toEqual([true, false, false, false, false]);
  board.out(0x20, 0x20);
  expect([0, 1, 3, 8, 9].map(irq => pic.accepts(irq))).toEqual([true, true, true, true, false]);
});
