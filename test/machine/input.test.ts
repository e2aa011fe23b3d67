import { describe, expect, test } from 'vitest';
import { Pc, type PcOptions } from '../../src/machine/pc.ts';
import { HLT, IRET, out, poke, programPic, rom, STI, setUp } from './rom.ts';

type Answer = number | 'wait' | 'eof';

/** A far end whose input comes in portions: `feed` adds one, and it says 'wait' when it has none. */
function farEnd(...first: Answer[]) {
  const queue = [...first];
  const sent: number[] = [];
  const source = { next: (): Answer => queue.shift() ?? 'wait' };
  return {
    source,
    sent,
    transmit: (byte: number) => sent.push(byte),
    feed: (...more: Answer[]) => queue.push(...more),
  };
}

const COM1 = 0x3f8;
const HANDLER = 0x400;
const setBaud = [...out(COM1 + 3, 0x83), ...out(COM1, 1), ...out(COM1 + 1, 0), ...out(COM1 + 3, 0x03)];
/** RTS up; wait for LSR.DR; read; RTS down; send it back; again. At the end of file (DCD down) exit. */
const echo = [
  ...setBaud,
  ...out(COM1 + 4, 0x02),
  // wait: mov dx, MSR; in al, dx; test al, 80h; jz eof; mov dx, LSR; in al, dx; test al, 1; jz wait
  ...[0xba, 0xfe, 0x03, 0xec, 0xa8, 0x80, 0x74, 0x16, 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xf0],
  // mov dx, RBR; in al, dx; mov ah, al; mov dx, MCR; mov al, 0; out; mov dx, THR; mov al, ah; out; jmp short to RTS up
  ...[0xba, 0xf8, 0x03, 0xec, 0x88, 0xc4, 0xba, 0xfc, 0x03, 0xb0, 0x00, 0xee],
  ...[0xeb, 0x07],
  // eof
  ...out(0x501, 0x77),
  HLT,
  // send
  ...[0xba, 0xf8, 0x03, 0x88, 0xe0, 0xee],
];
const again = [0xe9, -(echo.length - setBaud.length + 3) & 0xff, 0xff];

describe('input on demand', () => {
  const build = (end: ReturnType<typeof farEnd>) =>
    new Pc({ memoryBytes: 1 << 20, bios: rom([...echo, ...again]), com1: { ...end, onDemand: true } });

  test('stops at once when the byte is not there, and time stands still until it is', () => {
    const end = farEnd();
    const pc = build(end);
    expect(pc.run(100_000)).toEqual({ reason: 'input' });
    const before = [pc.ticks, pc.cpu.insns];
    expect(pc.run(100_000)).toEqual({ reason: 'input' });
    expect([pc.ticks, pc.cpu.insns]).toEqual(before);
    end.feed(0x61);
    expect(pc.run(100_000)).toEqual({ reason: 'input' });
    expect(end.sent).toEqual([0x61]);
    end.feed('eof');
    expect(pc.run(100_000)).toEqual({ reason: 'debug-exit', port: 0x501, value: 0x77, width: 1 });
  });

  test('the run is the same however the input comes', () => {
    const text = [...'hello\n'].map(c => c.charCodeAt(0));
    const ways: Answer[][] = [
      [...text, 'eof'],
      [...text.flatMap(byte => ['wait' as const, byte]), 'wait', 'eof'],
      ['wait', ...text.slice(0, 3), 'wait', 'wait', ...text.slice(3), 'eof'],
    ];
    const runs = ways.map(way => {
      const end = farEnd(...way);
      const pc = build(end);
      let stop = pc.run(1e6);
      while (stop.reason === 'input') stop = pc.run(1e6);
      return { stop: stop.reason, sent: end.sent, ticks: pc.ticks, insns: pc.cpu.insns };
    });
    expect(runs[0]).toMatchObject({ stop: 'debug-exit', sent: text });
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });
});

describe('a guest that halts for input', () => {
  /** The handler at `irq` reads its byte from `port` (DX set in AL's stead) and writes it to E9h. */
  const handler = (port: number) => [0xba, port & 0xff, port >> 8, 0xec, 0xe6, 0xe9, ...out(0x20, 0x20), IRET];
  const vector = (irq: number) => [...poke((8 + irq) * 4, HANDLER), ...poke((8 + irq) * 4 + 2, 0xf000)];
  // sti; hlt; jmp to hlt
  const idle = [STI, HLT, 0xeb, 0xfd];
  const timer = [...out(0x43, 0x34), ...out(0x40, 0), ...out(0x40, 0)];
  const serial = [...setBaud, ...out(COM1 + 1, 0x01)];

  const rows: [string, number, number, number[], Partial<PcOptions>, string][] = [
    ['serial input, no timer', 4, COM1, serial, {}, 'input'],
    ['serial input, the timer masked', 4, COM1, [...serial, ...timer, ...out(0x21, 0x01)], {}, 'input'],
    ['serial input, its line masked', 4, COM1, [...serial, ...out(0x21, 0x10)], {}, 'halt'],
    ['serial input without its interrupt', 4, COM1, [...serial, ...out(COM1 + 1, 0)], {}, 'halt'],
    ['a key, and the host may type', 1, 0x60, [], { keyboardInput: true }, 'input'],
    ['a key, and the host does not say that it may type', 1, 0x60, [], {}, 'halt'],
  ];
  for (const [name, irq, port, code, options, reason] of rows) {
    test(`${name}: ${reason}`, () => {
      const end = farEnd();
      const seen: number[] = [];
      const bios = rom([...setUp, ...programPic(), ...vector(irq), ...code, ...idle], { [HANDLER]: handler(port) });
      const pc = new Pc({ memoryBytes: 1 << 20, bios, com1: end, debugConsole: byte => seen.push(byte), ...options });
      expect(pc.run(1e8).reason).toBe(reason);
      end.feed(0x1e);
      if (irq === 1) pc.keyboard.press('KeyA');
      pc.run(1e8);
      // What was halted for ever is so whatever comes, but for a key, which the host is free to strike.
      expect(seen).toEqual(reason === 'input' || irq === 1 ? [0x1e] : []);
    });
  }

  test('with a timer that wakes it, time goes on without input, and input is taken when it comes', () => {
    const end = farEnd();
    const seen: number[] = [];
    const timerHandler = [...out(0x20, 0x20), IRET];
    const code = [
      ...setUp,
      ...programPic(),
      ...vector(4),
      ...poke(32, 0x500),
      ...poke(34, 0xf000),
      ...serial,
      ...timer,
      ...idle,
    ];
    const pc = new Pc({
      memoryBytes: 1 << 20,
      bios: rom(code, { [HANDLER]: handler(COM1), 1280: timerHandler }),
      com1: end,
      debugConsole: byte => seen.push(byte),
    });
    expect(pc.run(1e8)).toEqual({ reason: 'limit' });
    expect([pc.ticks, pc.clock.idle > 0.99e8]).toEqual([1e8, true]);
    end.feed(1, 2, 3);
    pc.run(1e6);
    expect(seen).toEqual([1, 2, 3]);
  });
});
