import { expect, test } from 'vitest';
import type { SerialSource, Width } from '../../src/devices/wiring.ts';
import { MemoryStore } from '../../src/machine/block-store.ts';
import { Pc, type PcOptions } from '../../src/machine/pc.ts';
import { share } from '../setup/share.ts';
import { HLT, rom } from './rom.ts';

const OPERATIONS = share(30_000, 100_000);

/** xorshift32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function input(): SerialSource {
  const next = random(99);
  return { next: () => [next() & 0xff, 'wait' as const, 0x41][next() % 3]! };
}

const IMAGE = new Uint8Array(64 * 512).map((_, i) => i);

function build(options: Partial<PcOptions> = {}): Pc {
  return new Pc({
    memoryBytes: 1 << 20,
    bios: rom([HLT]),
    disks: [new MemoryStore(IMAGE), undefined, new MemoryStore(IMAGE, { readOnly: true }), new MemoryStore(IMAGE)],
    floppy: 2,
    com1: { source: input(), onDemand: true },
    com2: { source: input() },
    ...options,
  });
}

/** Disks and far ends without a memory: what they give does not depend on what they were asked before. */
function buildForgetful(): Pc {
  const store = new MemoryStore(IMAGE);
  const disk = {
    sectors: store.sectors,
    readOnly: false,
    read: (lba: number, count: number) => store.read(lba, count),
    write: () => {},
  };
  const source: SerialSource = { next: () => 0x41 };
  return build({ disks: [disk, disk], floppy: 1, com1: { source, onDemand: true }, com2: { source } });
}

/** Ports that end or restart the run; they have tests of their own. */
const STOPPING = new Set([0x92, 0xcf9, 0x604, 0xb004, 0x8900, 0x501, 0xf4]);

type Operation = { port: number; width: Width; value: number; write: boolean; ticks: number };

/** Random accesses to all claimed ports, now and then with a stretch of time. */
function operations(pc: Pc, seed: number, count: number, without: ReadonlySet<number> = new Set()): Operation[] {
  const next = random(seed);
  const ports = pc.ports
    .map()
    .flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
    .filter(port => !without.has(port));
  return Array.from({ length: count }, () => ({
    port: ports[next() % ports.length]!,
    width: ([1, 2, 4] as const)[next() % 3]!,
    // Small values name commands and registers more often.
    value: next() % 4 === 0 ? next() & 15 : next(),
    write: next() % 3 !== 0,
    ticks: next() % 16 === 0 ? next() % 200_000 : 0,
  }));
}

/** Performs them as the processor would, and tells what was read and how the lines stand. */
function perform(pc: Pc, list: readonly Operation[]): number[] {
  const seen: number[] = [];
  for (const { port, width, value, write, ticks } of list) {
    const limit = 2 ** (8 * width);
    if (write) {
      pc.ports.write(port, value % limit, width);
    } else {
      const read = pc.ports.read(port, width);
      if (!Number.isInteger(read) || read < 0 || read >= limit)
        throw new Error(`port ${port.toString(16)} width ${width} read ${read}`);
      seen.push(read);
    }
    if (ticks !== 0) {
      const end = pc.ticks + ticks;
      while (pc.clock.next <= end) {
        pc.clock.skipTo(Math.max(pc.clock.next, pc.ticks + 1));
        pc.clock.fireDue();
      }
      pc.clock.skipTo(end);
    }
    if (pc.cpu.interruptLine && value % 5 === 0) seen.push(pc.pic.acknowledge());
    seen.push(pc.cpu.interruptLine ? 1 : 0);
  }
  return seen;
}

for (const seed of [1, 2, 3]) {
  test(`${OPERATIONS} random accesses to every port at every width throw nothing (seed ${seed})`, () => {
    const pc = build();
    const seen = perform(pc, operations(pc, seed, OPERATIONS));
    expect(new Set(seen).size).toBeGreaterThan(250);
    pc.vga.screenText();
    expect(pc.run(10).reason).toMatch(/^(limit|halt|input|debug-exit|power-off)$/);
  });
}

for (const seed of [4, 5, 6, 7, 8, 9, 10, 11]) {
  test(`a machine loaded from a snapshot goes on as the first would have (seed ${seed})`, () => {
    const first = buildForgetful();
    const list = operations(first, seed, 20_000, STOPPING);
    perform(first, list.slice(0, 10_000));
    const second = buildForgetful();
    const state = first.save();
    second.load(structuredClone(state));
    expect(second.save()).toEqual(state);
    const rest = list.slice(10_000);
    expect(perform(second, rest)).toEqual(perform(first, rest));
    expect(second.save()).toEqual(first.save());
  });
}

test('a snapshot of another version is refused', () => {
  expect(() => build().load({ version: 99, clock: {}, devices: {} })).toThrow('snapshot of version 0x63, not 0x1');
});
