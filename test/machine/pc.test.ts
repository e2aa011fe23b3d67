import { describe, expect, test } from 'vitest';
import { PIT_HZ } from '../../src/devices/i8254-pit.ts';
import { CLOCK_HZ } from '../../src/machine/clock.ts';
import { Pc, type PcOptions, type PcStop } from '../../src/machine/pc.ts';
import { CLI, HLT, IRET, out, poke, programPic, rom, STI, setUp } from './rom.ts';

const MIB = 1 << 20;
const COUNT = 1000;
const HANDLER = 0x400;
/** mov dx, 501h; mov ax, 1234h; out dx, ax */
const exit = [0xba, 0x01, 0x05, 0xb8, 0x34, 0x12, 0xef];

function build(bios: Uint8Array, options: Partial<PcOptions> = {}): Pc {
  return new Pc({ memoryBytes: MIB, bios, ...options });
}

/** Runs until the machine stops by itself, in slices of `slice`. */
function finish(pc: Pc, slice: number, most = 5_000_000): PcStop {
  for (;;) {
    const stop = pc.run(Math.min(slice, most - pc.ticks));
    if (stop.reason !== 'limit' || pc.ticks >= most) return stop;
  }
}

/** Mode 0 on channel 0, once after COUNT clocks; the handler exits. */
const timerCode = [
  ...setUp,
  ...programPic(),
  ...poke(8 * 4, HANDLER),
  ...poke(8 * 4 + 2, 0xf000),
  ...out(0x43, 0x30),
  ...out(0x40, COUNT & 0xff),
  ...out(0x40, COUNT >> 8),
];
const INSTRUCTIONS_BEFORE_COUNT = 1 + 4 + 20 + 2 + 5;

/** First tick at which the PIT has counted `count` from the load after the write that ended at `written`. */
function tickOfTimer(written: number): number {
  const loaded = Math.floor((written * PIT_HZ) / CLOCK_HZ) + 1;
  return Math.ceil(((loaded + COUNT) * CLOCK_HZ) / PIT_HZ);
}

describe('the timer interrupt', () => {
  const waits: [string, number[]][] = [
    ['in HLT', [STI, HLT]],
    ['in a loop', [STI, 0xeb, 0xfe]],
    // mov ax, 2000h; mov es, ax; mov dx, 80h; then mov cx, FFFFh; rep insb, or rep movsb; and again
    ['in REP INSB', [0xb8, 0x00, 0x20, 0x8e, 0xc0, 0xba, 0x80, 0x00, STI, 0xb9, 0xff, 0xff, 0xf3, 0x6c, 0xeb, 0xf9]],
    ['in REP MOVSB', [0xb8, 0x00, 0x20, 0x8e, 0xc0, STI, 0xb9, 0xff, 0xff, 0xf3, 0xa4, 0xeb, 0xf9]],
    // One block of 200 NOPs after the other.
    ['in long blocks', [STI, ...new Array(200).fill(0x90), 0xe9, 0x35, 0xff]],
  ];
  for (const [how, wait] of waits) {
    for (const slice of [1, 7, 1000, Number.MAX_SAFE_INTEGER]) {
      test(`comes at its exact tick ${how}, run in slices of ${slice}`, () => {
        const bytes = rom([...timerCode, ...wait], { [HANDLER]: [...exit, HLT] });
        const pc = build(bytes);
        expect(finish(pc, slice)).toEqual({ reason: 'debug-exit', port: 0x501, value: 0x1234, width: 2 });
        // The interrupt, MOV, MOV and OUT each take one.
        expect(pc.ticks).toBe(tickOfTimer(INSTRUCTIONS_BEFORE_COUNT) + 4);
      });
    }
  }

  test('skips what is idle: few instructions, the same time', () => {
    const idle = build(rom([...timerCode, STI, HLT], { [HANDLER]: [...exit, HLT] }));
    finish(idle, Number.MAX_SAFE_INTEGER);
    expect(idle.cpu.insns).toBe(INSTRUCTIONS_BEFORE_COUNT + 1 + 2 + 4);
  });

  test('set for earlier while the processor runs cuts the run short', () => {
    // Channel 0 is far away at first: 65,536 clocks; then COUNT.
    const far = [...out(0x43, 0x30), ...out(0x40, 0), ...out(0x40, 0)];
    const code = [
      ...setUp,
      ...programPic(),
      ...poke(32, HANDLER),
      ...poke(34, 0xf000),
      ...far,
      ...timerCode.slice(-12),
      STI,
      0xeb,
      0xfe,
    ];
    const pc = build(rom(code, { [HANDLER]: [...exit, HLT] }));
    expect(finish(pc, Number.MAX_SAFE_INTEGER).reason).toBe('debug-exit');
    expect(pc.ticks).toBe(tickOfTimer(INSTRUCTIONS_BEFORE_COUNT + 6) + 4);
  });
});

describe('what stops a run', () => {
  const rows: [string, number[], PcStop][] = [
    ['HLT with interrupts off', [CLI, HLT], { reason: 'halt' }],
    ['HLT with nothing armed', [...programPic(), STI, HLT], { reason: 'halt' }],
    [
      'HLT with the timer armed and masked',
      [...setUp, ...programPic(0xff), ...out(0x43, 0x34), ...out(0x40, 0), ...out(0x40, 0), STI, HLT],
      { reason: 'halt' },
    ],
    ['a byte to 501h', out(0x501, 0x31), { reason: 'debug-exit', port: 0x501, value: 0x31, width: 1 }],
    ['a byte to F4h', out(0xf4, 0x10), { reason: 'debug-exit', port: 0xf4, value: 0x10, width: 1 }],
    [
      'a doubleword to F4h',
      [0x66, 0xb8, 0x78, 0x56, 0x34, 0x92, 0x66, 0xe7, 0xf4],
      { reason: 'debug-exit', port: 0xf4, value: 0x92345678, width: 4 },
    ],
    ['2000h to 604h', [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef], { reason: 'power-off', port: 0x604 }],
    ['2000h to B004h', [0xba, 0x04, 0xb0, 0xb8, 0x00, 0x20, 0xef], { reason: 'power-off', port: 0xb004 }],
    [
      '"Shutdown" to 8900h',
      [...'xShShutdown'].flatMap(c => out(0x8900, c.charCodeAt(0))),
      { reason: 'power-off', port: 0x8900 },
    ],
    ['an empty IDT', [0x0f, 0x01, 0x1e, 0x00, 0x10, 0xcc], { reason: 'triple-fault' }],
    ['a loop without end', [0xeb, 0xfe], { reason: 'limit' }],
  ];
  for (const [name, code, stop] of rows) {
    test(name, () => {
      const pc = build(rom(code));
      expect(pc.run(100_000)).toEqual(stop);
    });
  }

  test('a request from a callback, after the very instruction', () => {
    const seen: number[] = [];
    const pc: Pc = build(rom([...out(0x80, 1), ...out(0x80, 2), HLT]), {
      postCode: byte => {
        seen.push(byte);
        pc.requestStop();
      },
    });
    expect(pc.run(1000)).toEqual({ reason: 'requested' });
    expect([...seen, pc.cpu.insns]).toEqual([1, 3]);
    expect(pc.run(1000)).toEqual({ reason: 'requested' });
    expect(pc.run(1000)).toEqual({ reason: 'halt' });
  });
});

describe('what resets the machine', () => {
  const rows: [string, number[]][] = [
    ['the 8042 pulsing its output port', out(0x64, 0xfe)],
    ['the 8042 output port with bit 0 low', [...out(0x64, 0xd1), ...out(0x60, 0xde)]],
    ['92h bit 0', out(0x92, 0x01)],
    ['CF9h 2, then 6', [...out(0xcf9, 0x02), ...out(0xcf9, 0x06)]],
  ];
  for (const [name, cause] of rows) {
    test(`${name}: it boots again, memory kept, devices new`, () => {
      // First time: [500h] is 0. Count it up, program the timer, change a modem register, and reset; second time: report and exit.
      const second = [...out(0x80, 0xbb), 0xba, 0xfc, 0x03, 0xec, 0xe6, 0xe9, ...out(0x501, 2)];
      const first = [...out(0x80, 0xaa), 0xfe, 0x06, 0x00, 0x05, ...out(0x3fc, 0x0b), ...cause, ...out(0x501, 1)];
      const code = [...setUp, 0x80, 0x3e, 0x00, 0x05, 0x00, 0x74, second.length, ...second, ...first];
      const posts: number[] = [];
      const bytes: number[] = [];
      const pc = build(rom(code), { postCode: b => posts.push(b), debugConsole: b => bytes.push(b) });
      expect(pc.run(10_000)).toEqual({ reason: 'debug-exit', port: 0x501, value: 2, width: 1 });
      expect({ posts, bytes }).toEqual({ posts: [0xaa, 0xbb], bytes: [0] });
    });
  }
});

describe('the A20 gate', () => {
  // Each step is code; then [100500h] is written with 22h over 11h at 500h, and 500h is read: 22h when bit 20 is masked.
  const probe = [
    ...[0xc6, 0x06, 0x00, 0x05, 0x11],
    ...[0xb8, 0xff, 0xff, 0x8e, 0xc0, 0x26, 0xc6, 0x06, 0x10, 0x05, 0x22],
    ...[0xa0, 0x00, 0x05, 0xe6, 0xe9],
  ];
  // cmp byte [501h], 0; jne past; inc byte [501h]; close A20; reset by the 8042
  const closeAndReset = [
    0x80,
    0x3e,
    0x01,
    0x05,
    0x00,
    0x75,
    0x0c,
    0xfe,
    0x06,
    0x01,
    0x05,
    ...out(0x92, 0),
    ...out(0x64, 0xfe),
  ];
  const rows: [string, number[], 'open' | 'closed'][] = [
    ['at power-on', [], 'open'],
    ['92h off', out(0x92, 0), 'closed'],
    ['92h off, on', [...out(0x92, 0), ...out(0x92, 2)], 'open'],
    ['8042 DFh, 92h off', [...out(0x64, 0xdf), ...out(0x92, 0)], 'open'],
    ['8042 DFh, 92h off, 8042 DDh', [...out(0x64, 0xdf), ...out(0x92, 0), ...out(0x64, 0xdd)], 'closed'],
    ['92h off, output port with bit 1', [...out(0x92, 0), ...out(0x64, 0xd1), ...out(0x60, 0xdf)], 'open'],
    ['92h off, output port without', [...out(0x92, 0), ...out(0x64, 0xd1), ...out(0x60, 0xdd)], 'closed'],
    ['8042 DDh alone', out(0x64, 0xdd), 'open'],
    ['92h off, then a reset', closeAndReset, 'open'],
  ];
  for (const [name, steps, state] of rows) {
    test(`${name}: ${state}`, () => {
      const bytes: number[] = [];
      const pc = build(rom([...setUp, ...steps, ...probe, CLI, HLT]), {
        memoryBytes: 2 * MIB,
        debugConsole: b => bytes.push(b),
      });
      expect(pc.run(10_000)).toEqual({ reason: 'halt' });
      expect(bytes).toEqual([state === 'open' ? 0x11 : 0x22]);
    });
  }
});

test('two runs of the same machine are the same, whatever the slices', () => {
  // The handler writes the low byte of the PIT's count, refreshed every interrupt, and of TSC, to E9h.
  const handler = [...out(0x43, 0x00), 0xe4, 0x40, 0xe6, 0xe9, 0x0f, 0x31, 0xe6, 0xe9, ...out(0x20, 0x20), IRET];
  const periodic = [...out(0x43, 0x34), ...out(0x40, 0x10), ...out(0x40, 0x02)];
  const code = [
    ...setUp,
    ...programPic(),
    ...poke(32, HANDLER),
    ...poke(34, 0xf000),
    ...periodic,
    STI,
    0x40,
    0x69,
    0xc0,
    0x35,
    0x4e,
    0xeb,
    0xf9,
  ];
  const runs = [1_000_000, 977, 64].map(slice => {
    const seen: number[] = [];
    const pc = build(rom(code, { [HANDLER]: handler }), { debugConsole: b => seen.push(b) });
    while (pc.ticks < 1_000_000) pc.run(Math.min(slice, 1_000_000 - pc.ticks));
    return { seen, eax: pc.cpu.state.eax, insns: pc.cpu.insns, eip: pc.cpu.state.eip };
  });
  expect(runs[0]!.seen.length).toBeGreaterThan(40);
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]).toEqual(runs[0]);
});
