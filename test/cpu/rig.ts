/** A processor with memory and nothing else, put into a mode by hand, for tests of instructions. */
import { type CpuBus, emptyBus } from '../../src/cpu/bus.ts';
import { Cpu, Segment } from '../../src/cpu/cpu.ts';
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import type { ModelName } from '../../src/cpu/models.ts';
import { FieldMeanings } from '../../src/cpu/state.ts';

export const MEMORY = 1 << 20;

export interface RigOptions {
  readonly engine?: MakeEngine;
  readonly bus?: Partial<CpuBus>;
  readonly memoryBytes?: number;
  /** The one that has everything, unless told otherwise. */
  readonly model?: ModelName;
}

export function makeCpu({
  engine = wasmEngine,
  bus = {},
  memoryBytes = MEMORY,
  model = 'core2',
}: RigOptions = {}): Cpu {
  const cpu = new Cpu({ memoryBytes, engine, model, bus: { ...emptyBus, ...bus } });
  cpu.physical.map('ram', 0, memoryBytes);
  return cpu;
}

export function poke(cpu: Cpu, physical: number, bytes: ArrayLike<number>): void {
  for (let i = 0; i < bytes.length; i++) cpu.writePhysical(physical + i, bytes[i]!, 1);
}

export function pokeWords(cpu: Cpu, physical: number, words: readonly number[]): void {
  for (const [i, word] of words.entries()) cpu.writePhysical(physical + i * 4, word >>> 0, 4);
}

export const hex = (text: string): number[] =>
  text
    .trim()
    .split(/\s+/)
    .map(byte => Number.parseInt(byte, 16));

/** Access rights as the segment caches hold them. */
const CODE32 = 0xc09b;
const DATA32 = 0xc093;

/** 32-bit protected mode at CPL 0 with flat segments, or with data and stack segments that begin at `base`. */
export function enterProtected(
  cpu: Cpu,
  { base = 0, limit = 0xffffffff, cpl = 0 }: { base?: number; limit?: number; cpl?: number } = {},
): void {
  const { state } = cpu;
  state.cr0 |= 1;
  const privilege = cpl << 5;
  for (const number of Object.values(Segment)) {
    const code = number === Segment.cs;
    cpu.setSegment(number, {
      selector: (code ? 8 : 16) | cpl,
      base: code ? 0 : base,
      limit: code ? 0xffffffff : limit,
      access: (code ? CODE32 : DATA32) | privilege,
    });
  }
  state.cpl = cpl;
  cpu.updateMode();
}

/** Turns on paging with the page directory at `cr3`. */
export function enablePaging(cpu: Cpu, cr3: number, writeProtect = false): void {
  cpu.state.cr3 = cr3;
  cpu.state.cr0 |= 0x80000000 | (writeProtect ? 0x10000 : 0);
  cpu.flushTlb();
}

/** Words of state that belong to an engine, not to the architecture. */
const INTERNAL = new Set([
  'none',
  'zero',
  'sign',
  'carry',
  'pcBase',
  'budget',
  'key',
  'codeKey',
  'linkSite',
  'codeDropped',
  'fetchLimit',
  'tlbRead',
  'tlbWrite',
  'exitRecord',
]);

/** All architectural registers, for comparison; names as in the state table. */
export function architecture(cpu: Cpu): Record<string, number | string> {
  const out: Record<string, number | string> = {
    insns: cpu.insns,
    flags: cpu.eflags >>> 0,
    halted: Number(cpu.halted),
  };
  for (const { name } of FieldMeanings) if (!INTERNAL.has(name)) out[name] = cpu.state[name] >>> 0;
  for (let i = 0; i < 6; i++) {
    const { selector, base, limit, access } = cpu.segment(i);
    out[`segment${i}`] = [selector, base >>> 0, limit >>> 0, access].map(n => n.toString(16)).join(' ');
  }
  return out;
}

/** A small seeded generator: xorshift32. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = Math.imul(seed, 0x9e3779b1) | 1;
  }

  word(): number {
    let s = this.state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.state = s;
    return s >>> 0;
  }

  below(limit: number): number {
    return this.word() % limit;
  }

  pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }
}
