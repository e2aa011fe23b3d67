import { expect, test } from 'vitest';
import type { SerialSource, Width } from '../../src/devices/wiring.ts';
import { MemoryStore } from '../../src/machine/block-store.ts';
import { Pc } from '../../src/machine/pc.ts';
import { HLT, rom } from './rom.ts';

const OPERATIONS = 100_000;

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

function build(): Pc {
  const image = new Uint8Array(64 * 512).map((_, i) => i);
  return new Pc({
    memoryBytes: 1 << 20,
    bios: rom([HLT]),
    disks: [new MemoryStore(image), undefined, new MemoryStore(image, { readOnly: true }), new MemoryStore(image)],
    floppy: 2,
    com1: { source: input(), onDemand: true },
    com2: { source: input() },
  });
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
    const first = build();
    const list = operations(first, seed, 20_000, STOPPING);
    perform(first, list.slice(0, 10_000));
    const second = build();
    second.load(structuredClone(first.save()));
    expect(second.save()).toEqual(first.save());
    // Disks and the far ends of the serial lines are not in a snapshot: the second goes on with ones that have heard nothing.
    const elsewhere = new Set([
      ...STOPPING,
      ...[0x1f0, 0x170, 0x3f8, 0x2f8].flatMap(base => Array.from({ length: 8 }, (_, i) => base + i)),
    ]);
    const rest = list
      .slice(10_000)
      .filter(({ port, width }) => !Array.from({ length: width }, (_, i) => port + i).some(p => elsewhere.has(p)));
    expect(perform(second, rest)).toEqual(perform(first, rest));
    expect(rest.length).toBeGreaterThan(3000);
  });
}
