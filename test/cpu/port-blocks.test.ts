/** REP INS from a device that hands its buffer over in blocks is REP INS element by element: state, memory, what the device has left, at every stop. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { CpuBus } from '../../src/cpu/bus.ts';
import { Segment } from '../../src/cpu/cpu.ts';
import { share } from '../setup/share.ts';
import { architecture, enablePaging, enterProtected, makeCpu, poke, pokeWords, Random } from './rig.ts';

const CODE = 0x8000;
const DATA = 0x20000;
const HALT = 0x9000;
/** Page tables: the directory, one table. */
const DIRECTORY = 0x1000;
const TABLE = 0x2000;

/** A device with a buffer, of which it gives all but the last bytes at once. */
class Source {
  position = 0;
  reads: number[] = [];
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }

  private next(): number {
    return (this.position++ * 37) & 0xff;
  }

  read(width: number): number {
    // Reading past the end is seen by the device, and so is the last of it.
    if (this.position + width >= this.length) this.reads.push(this.position);
    let value = 0;
    for (let i = 0; i < width; i++) value += this.next() * 2 ** (8 * i);
    return value;
  }

  readBlock(into: Uint8Array, width: number): number {
    const room = Math.max(0, Math.min(into.length, this.length - this.position - width - 1));
    const length = room - (room % width);
    for (let i = 0; i < length; i++) into[i] = this.next();
    return length;
  }
}

interface Case {
  readonly mode: 'real' | 'flat' | 'paged';
  readonly width: 1 | 2 | 4;
  readonly addressSize: 16 | 32;
  readonly count: number;
  readonly edi: number;
  readonly limit: number;
  readonly backwards: boolean;
  readonly length: number;
  /** DR7, with a breakpoint on port 42h or on the data. */
  readonly dr7: number;
  /** The third page of the data is not there. */
  readonly hole: boolean;
  readonly slice: number;
}

function draw(random: Random): Case {
  const mode = random.pick(['real', 'flat', 'paged'] as const);
  const addressSize = mode === 'real' ? random.pick([16, 16, 32] as const) : random.pick([32, 32, 16] as const);
  return {
    mode,
    addressSize,
    width: random.pick([1, 2, 4] as const),
    count: random.pick([0, 1, 2, 3, 7, 100, 511, 3000]),
    edi: random.pick([0, 1, 0xffe, 0xff0 + random.below(32), 0xfff0 + random.below(16), random.below(0x3000)]),
    limit: random.pick([0xffff, 0xfffff, 0x17ff, 0xffe]),
    backwards: random.below(8) === 0,
    length: random.pick([5, 512, 1024, 5000]),
    dr7: random.pick([0, 0, 0, 0x20003, 0x10003]),
    hole: random.below(4) === 0,
    slice: random.pick([1, 7, 60, 1000, 1e6]),
  };
}

/** What can be seen at each stop. */
function run(c: Case, inBlocks: boolean): unknown[] {
  const source = new Source(c.length);
  const bus: Partial<CpuBus> = { readPort: (_port, size) => source.read(size) };
  if (inBlocks) bus.readPortBlock = (_port, into, size) => source.readBlock(into, size);
  const cpu = makeCpu({ bus });
  const { state } = cpu;
  if (c.mode !== 'real') enterProtected(cpu);
  if (c.mode === 'paged') {
    pokeWords(cpu, DIRECTORY, [TABLE | 3]);
    pokeWords(
      cpu,
      TABLE,
      Array.from({ length: 256 }, (_, page) => (page << 12) | (c.hole && page === (DATA >> 12) + 2 ? 2 : 3)),
    );
    enablePaging(cpu, DIRECTORY);
  }
  cpu.setSegment(Segment.es, { selector: DATA >> 4, base: DATA + 0x124, limit: c.limit, access: 0x4093 });
  const sizes = (c.mode === 'real') === (c.width === 4) ? [0x66] : [];
  const addresses = (c.mode === 'real') === (c.addressSize === 32) ? [0x67] : [];
  const bytes = [...(c.width === 1 ? [] : sizes), ...addresses, 0xf3, c.width === 1 ? 0x6c : 0x6d, 0x90, 0x90, 0xf4];
  poke(cpu, CODE, bytes);
  state.eip = CODE;
  // Faults of real mode end in a HLT; those of protected mode, without gates, in shutdown.
  pokeWords(cpu, 0, new Array(32).fill(HALT << 12));
  poke(cpu, HALT, [0xf4]);
  if (c.mode === 'real') {
    cpu.setSegment(Segment.cs, { selector: 0, base: 0, limit: 0xffff, access: 0x93 });
    cpu.updateMode();
  }
  Object.assign(state, { ecx: c.count, edi: c.edi, edx: 0x42, esp: 0x7000, cr4: 8 });
  cpu.eflags = 2 | (c.backwards ? 0x400 : 0);
  // A breakpoint on the port or on a byte of the data, told by what it leaves in DR6.
  state.dr0 = c.dr7 === 0x20003 ? 0x42 : DATA + 0x40;
  state.dr7 = c.dr7 | 0x400;
  cpu.breakpoints.update(cpu);
  const seen: unknown[] = [];
  for (let i = 0; i < 40; i++) {
    const reason = cpu.run(c.slice);
    const memory = cpu.physical.bytes.subarray(DATA, DATA + 0x12000);
    seen.push({
      reason,
      memory: createHash('md5').update(memory).digest('hex'),
      position: source.position,
      reads: source.reads.length,
      ...architecture(cpu),
    });
    if (cpu.halted || reason !== 'limit') break;
  }
  return seen;
}

it('blocks are elements', () => {
  const random = new Random(11);
  for (let i = 0; i < share(50, 400); i++) {
    const c = draw(random);
    expect(run(c, true), JSON.stringify(c)).toEqual(run(c, false));
  }
});

it.each([
  ['is taken at all', 0, [98 * 4]],
  ['is not taken with a breakpoint on the port', 0x20003, []],
])('a block %s', (_name, dr7, expected) => {
  const blocks: number[] = [];
  const cpu = makeCpu({
    bus: { readPort: () => 7, readPortBlock: (_, into) => blocks.push(into.length) && into.fill(9).length },
  });
  enterProtected(cpu);
  poke(cpu, CODE, [0xf3, 0x6d, 0xf4]);
  Object.assign(cpu.state, { ecx: 100, edi: DATA, edx: 0x42, eip: CODE, cr4: 8, dr0: 0x42, dr7 });
  cpu.breakpoints.update(cpu);
  cpu.run(1000);
  expect(blocks).toEqual(expected);
  expect(cpu.state.dr6 & 1).toBe(dr7 & 1);
});
