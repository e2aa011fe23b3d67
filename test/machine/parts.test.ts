import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/machine/block-store.ts';
import { VirtualClock } from '../../src/machine/clock.ts';
import { Pc, type PcOptions } from '../../src/machine/pc.ts';
import { PortBus } from '../../src/machine/ports.ts';
import { HLT, out, rom } from './rom.ts';

describe('the clock', () => {
  /** A clock with alarms a, b, c; each notes its name and the tick when it fires. */
  function build() {
    const state = { insns: 0 };
    const clock = new VirtualClock(() => state.insns);
    const fired: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map(name => clock.timer(() => fired.push(`${name}${clock.now()}`)));
    return { state, clock, fired, a: a!, b: b!, c: c! };
  }

  test('fires what is due, earliest first, and first built first at the same tick', () => {
    const { clock, fired, a, b, c } = build();
    c.at(5);
    b.at(10);
    a.at(10);
    clock.skipTo(4);
    clock.fireDue();
    const early = [...fired];
    clock.skipTo(10);
    clock.fireDue();
    clock.fireDue();
    expect([early, fired, clock.next]).toEqual([[], ['c10', 'a10', 'b10'], Number.POSITIVE_INFINITY]);
  });

  test('arming again replaces, cancelling forgets', () => {
    const { clock, fired, a, b } = build();
    a.at(3);
    a.at(7);
    b.at(5);
    b.cancel();
    const { next } = clock;
    clock.skipTo(5);
    clock.fireDue();
    expect([next, fired, clock.next]).toEqual([7, [], 7]);
  });

  test('an alarm cancelled by one that fires before it does not fire', () => {
    const clock = new VirtualClock(() => 0);
    const fired: string[] = [];
    const first = clock.timer(() => {
      fired.push('first');
      second.cancel();
    });
    const second = clock.timer(() => fired.push('second'));
    first.at(1);
    second.at(1);
    clock.skipTo(1);
    clock.fireDue();
    expect(fired).toEqual(['first']);
  });

  test('an alarm that sets itself for the past fires once a call', () => {
    const clock = new VirtualClock(() => 0);
    let fired = 0;
    const timer = clock.timer(() => {
      fired++;
      timer.at(0);
    });
    timer.at(0);
    clock.fireDue();
    clock.fireDue();
    expect(fired).toBe(2);
  });

  test('counts instructions and idle ticks, and is loaded to the same time', () => {
    const { state, clock } = build();
    state.insns = 100;
    clock.skipTo(150);
    clock.skipTo(120);
    state.insns = 110;
    const other = new VirtualClock(() => 7);
    other.load(clock.save());
    expect([clock.now(), clock.idle, other.now()]).toEqual([160, 50, 160]);
  });

  test('tells of an alarm before the horizon, not of one after it', () => {
    const { clock, a } = build();
    let told = 0;
    clock.onEarlier = () => told++;
    clock.horizon = 100;
    a.at(100);
    const after = told;
    a.at(99);
    expect([after, told]).toEqual([0, 1]);
  });
});

describe('the ports', () => {
  function build() {
    const log: string[] = [];
    const writes: string[] = [];
    const bus = new PortBus(message => log.push(message));
    const note = (name: string) => ({
      read: (port: number) => port & 0xff,
      write: (port: number, value: number, width: number) =>
        writes.push(`${name} ${port.toString(16)} ${value.toString(16)}/${width}`),
    });
    bus.claim('bytes', 0x10, 4, note('bytes'));
    bus.claim('words', 0x20, 2, { ...note('words'), width: 2 });
    return { bus, log, writes };
  }

  const reads: [string, number, 1 | 2 | 4, number][] = [
    ['a byte', 0x11, 1, 0x11],
    ['a doubleword of bytes', 0x10, 4, 0x13121110],
    ['over the end of a range', 0x12, 4, 0xffff1312],
    ['nothing there', 0x500, 4, 0xffffffff],
    ['nothing there, one byte', 0x500, 1, 0xff],
    ['over the end of the space', 0xffff, 2, 0xffff],
  ];
  for (const [name, port, width, value] of reads)
    test(`read: ${name}`, () => expect(build().bus.read(port, width)).toBe(value));

  test('wide writes are split for those who take bytes, low byte first, and whole for those who do not', () => {
    const { bus, writes } = build();
    bus.write(0x10, 0x4321, 2);
    bus.write(0x20, 0x4321, 2);
    bus.write(0x20, 0x87654321, 4);
    expect(writes).toEqual(['bytes 10 21/1', 'bytes 11 43/1', 'words 20 4321/2', 'words 20 21/1', 'words 21 43/1']);
  });

  test('an unclaimed port is named once', () => {
    const { bus, log } = build();
    bus.read(0x500, 1);
    bus.write(0x500, 1, 1);
    bus.write(0x501, 1, 1);
    expect(log).toEqual(['port 0x500 read: nothing is there', 'port 0x501 written: nothing is there']);
  });

  test('a port is claimed by one only', () => {
    const { bus } = build();
    expect(() => bus.claim('late', 0x13, 1, { read: () => 0, write: () => {} })).toThrow(
      'port 0x13 is claimed by late and by bytes',
    );
  });

  test('the map lists who is where', () => {
    expect(build().bus.map()).toEqual([
      { first: 0x10, last: 0x13, owner: 'bytes' },
      { first: 0x20, last: 0x21, owner: 'words' },
    ]);
  });
});

describe('CMOS memory, register by register', () => {
  const MIB = 1 << 20;
  const disk = (kib: number) => new MemoryStore(new Uint8Array(kib * 1024));
  const rows: [string, Partial<PcOptions>, Record<number, number>][] = [
    ['1 MiB', { memoryBytes: MIB }, { 21: 0x80, 22: 2, 23: 0, 24: 0, 48: 0, 49: 0, 52: 0, 53: 0, 16: 0, 63: 0, 18: 0 }],
    ['16 MiB', { memoryBytes: 16 * MIB }, { 23: 0x00, 24: 0x3c, 48: 0x00, 49: 0x3c, 52: 0, 53: 0 }],
    ['128 MiB', { memoryBytes: 128 * MIB }, { 23: 0xff, 24: 0xff, 52: 0x00, 53: 0x07 }],
    ['a hard disk', { disks: [disk(100)] }, { 18: 0xf0, 25: 47, 26: 0, 20: 0x20, 16: 0, 63: 0 }],
    ['two hard disks', { disks: [disk(100), disk(100)] }, { 18: 0xff, 25: 47, 26: 47 }],
    ['a floppy of 1440 KiB', { disks: [disk(1440)], floppy: 0 }, { 16: 0x40, 63: 1, 18: 0, 20: 0x21 }],
    ['a floppy of 360 KiB beside a disk', { disks: [disk(100), disk(360)], floppy: 1 }, { 16: 0x10, 63: 2, 18: 0xf0 }],
    [
      'a floppy of 1200 KiB as disk 2',
      { disks: [undefined, undefined, disk(1200)], floppy: 2 },
      { 16: 0x20, 63: 3, 18: 0 },
    ],
  ];
  for (const [name, options, expected] of rows) {
    test(name, () => {
      const pc = new Pc({ memoryBytes: MIB, bios: rom([HLT]), ...options });
      const read = (register: number) => {
        pc.ports.write(0x70, register, 1);
        return pc.ports.read(0x71, 1);
      };
      expect(Object.fromEntries(Object.keys(expected).map(register => [register, read(Number(register))]))).toEqual(
        expected,
      );
      let sum = 0;
      for (let register = 0x10; register <= 0x2d; register++) sum += read(register);
      expect((read(0x2e) << 8) | read(0x2f)).toBe(sum);
    });
  }
});

describe('the memory map', () => {
  /** Address, what a byte written there reads back as: itself, ones where nothing is, the ROM's HLT. */
  const rows: [number, 'ram' | 'none' | 'rom'][] = [
    [0x0, 'ram'],
    [0x9ffff, 'ram'],
    [0xa0000, 'ram'],
    [0xb0000, 'none'],
    [0xb8000, 'ram'],
    [0xbffff, 'ram'],
    [0xc0000, 'none'],
    [0xeffff, 'none'],
    [0xf0000, 'rom'],
    [0x100000, 'ram'],
    [0x1fffff, 'ram'],
    [0x200000, 'none'],
    [0xfffeffff, 'none'],
    [0xffff0000, 'rom'],
  ];
  for (const [address, kind] of rows) {
    test(`${address.toString(16)}: ${kind}`, () => {
      const { cpu } = new Pc({ memoryBytes: 2 << 20, bios: rom([HLT]) });
      cpu.writePhysical(address, 0x5a, 1);
      expect(cpu.physical.read(address, 1)).toBe({ ram: 0x5a, none: 0xff, rom: HLT }[kind]);
    });
  }
});

describe('options that make no machine', () => {
  const rows: [string, Partial<PcOptions>, string][] = [
    ['too little memory', { memoryBytes: 65536 }, 'memory of 0x10000 bytes'],
    ['an odd size', { memoryBytes: (1 << 20) + 1 }, 'memory of 0x100001 bytes'],
    ['a short BIOS', { bios: new Uint8Array(100) }, 'BIOS of 0x64 bytes'],
    ['a floppy that is not there', { floppy: 1 }, 'the floppy is disk 1, which is not there'],
  ];
  for (const [name, options, message] of rows) {
    test(name, () => expect(() => new Pc({ memoryBytes: 1 << 20, bios: rom([HLT]), ...options })).toThrow(message));
  }
});

test('a PCI configuration address does not spill into the reset control at CF9h', () => {
  // mov dx, 0CF8h; mov eax, 80000600h; out dx, eax
  const pc = new Pc({
    memoryBytes: 1 << 20,
    bios: rom([0xba, 0xf8, 0x0c, 0x66, 0xb8, 0x00, 0x06, 0x00, 0x80, 0x66, 0xef, ...out(0x501, 7)]),
  });
  expect(pc.run(1000)).toEqual({ reason: 'debug-exit', port: 0x501, value: 7, width: 1 });
  expect([pc.cpu.insns, pc.ports.read(0xcf8, 4)]).toEqual([7, 0xffffffff]);
});
