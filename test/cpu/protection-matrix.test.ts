/** The cells of test/data/protection-matrix.json.gz on both readings. What they say was written without src/: see scripts/protection-matrix.mjs. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { share } from '../setup/share.ts';
import { makeCpu, poke, pokeWords } from './rig.ts';

type Cell = readonly (number | string)[];
interface Matrix {
  readonly version: number;
  readonly paging: readonly Cell[];
  readonly segmentLoad: readonly Cell[];
  readonly segmentAccess: readonly Cell[];
  readonly direct: readonly Cell[];
  readonly gates: readonly Cell[];
  readonly interrupt: readonly Cell[];
}

const file = new URL('../data/protection-matrix.json.gz', import.meta.url);
const matrix = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Matrix;

const [GDT, IDT, TSS, HANDLER, CODE, STACK] = [0x800, 0x1000, 0x2000, 0x4000, 0x20000, 0x50000];
/** Where segments under test begin, and what is behind the page under test. */
const [BASE, FRAME] = [0x200000, 0x60000];
/** GDT entries: code of privilege 0-3, data of privilege 0-3, the task, the descriptor under test, what a gate leads to. */
const Index = { code: 1, data: 5, task: 9, tested: 10, target: 11 } as const;
const VECTOR = 0x40;
const UD = 6;

class Bench {
  readonly cpu: Cpu;
  readonly faults: { vector: number; errorCode: number | undefined; eip: number }[] = [];

  constructor(engine: typeof wasmEngine) {
    this.cpu = makeCpu({
      engine,
      memoryBytes: 4 << 20,
      bus: {
        acknowledgeInterrupt: () => VECTOR,
        observeException: ({ vector, errorCode }) => {
          this.faults.push({ vector, errorCode, eip: this.cpu.state.eip });
        },
      },
    });
    const flat = (access: number): [number, number] => [0xffff, 0xcf0000 | (access << 8)];
    const entries = [[0, 0], ...[0x9b, 0xbb, 0xdb, 0xfb].map(flat), ...[0x93, 0xb3, 0xd3, 0xf3].map(flat)];
    pokeWords(this.cpu, GDT, entries.flat());
    pokeWords(this.cpu, TSS, [
      0,
      0x61000,
      Index.data << 3,
      0x62000,
      ((Index.data + 1) << 3) | 1,
      0x63000,
      ((Index.data + 2) << 3) | 2,
    ]);
    for (const vector of [8, 10, 11, 12, 13, 14]) pokeWords(this.cpu, IDT + 8 * vector, [(8 << 16) | HANDLER, 0x8e00]);
    poke(this.cpu, HANDLER, [0x90, 0x90]);
  }

  entry(index: number, low: number, high: number): void {
    pokeWords(this.cpu, GDT + 8 * index, [low, high]);
  }

  /** Flat segments, CPL and EIP; nothing pending. */
  start(cpl: number, eip: number): Cpu {
    const { cpu } = this;
    this.faults.length = 0;
    Object.assign(cpu.state, { gdtBase: GDT, gdtLimit: 0x7f, idtBase: IDT, idtLimit: 0x7ff, esp: STACK, eip, cpl });
    Object.assign(cpu.state, { taskSelector: Index.task << 3, taskBase: TSS, taskLimit: 0x67, taskAccess: 0x8b });
    cpu.state.cr0 = 0x11;
    cpu.state.cr4 = 0;
    for (let i = 0; i < 6; i++) {
      const first = i === 1 ? Index.code : Index.data;
      const access = (i === 1 ? 0xc09b : 0xc093) | (cpl << 5);
      cpu.setSegment(i, { selector: ((first + cpl) << 3) | cpl, base: 0, limit: 0xffffffff, access });
    }
    cpu.eflags = 0;
    cpu.halted = false;
    cpu.interruptLine = false;
    cpu.updateMode();
    return cpu;
  }
}

const present = (bit: number): number => bit << 15;
const typed = (type: number, dpl: number, isPresent: number): number => (type << 8) | (dpl << 13) | present(isPresent);

/** The cells a check finds wrong: `[cell, what happened]`, the first few. */
function wrong(cells: readonly Cell[], check: (cell: Cell) => unknown): unknown[] {
  const found: unknown[] = [];
  // A prime, so that no column of the table always has the same value.
  for (let i = 0; i < cells.length; i += share(7, 1)) {
    const cell = cells[i]!;
    const difference = check(cell);
    if (difference !== undefined) found.push([cell.join(' '), difference]);
    if (found.length === 5) break;
  }
  return found;
}

const differ = (got: unknown, wanted: unknown): unknown =>
  JSON.stringify(got) === JSON.stringify(wanted) ? undefined : { got, wanted };

it('is there', () => {
  expect(matrix.version).toBe(1);
  expect(matrix.paging.length + matrix.gates.length).toBeGreaterThan(30_000);
});

describe.each([
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
] as const)('%s', (_, engine) => {
  it('paging', () => {
    const bench = new Bench(engine);
    const [DIRECTORY, TABLE, POINTERS, WIDE, WIDE_TABLE] = [0x10000, 0x11000, 0x12000, 0x13000, 0x14000];
    const linear = 0x40000000 + FRAME;
    const { cpu } = bench;
    poke(cpu, FRAME, [0x90, 0x90]);
    const programs = { read: `mov eax,[${linear}]`, write: `mov [${linear}],eax`, fetch: `jmp ${linear}` } as const;
    const at = { read: CODE, write: CODE + 0x20, fetch: CODE + 0x40 } as const;
    for (const access of ['read', 'write', 'fetch'] as const)
      poke(cpu, at[access], assemble(programs[access], 32, at[access]).bytes);
    pokeWords(cpu, DIRECTORY, [0x87]);
    pokeWords(cpu, POINTERS, [WIDE | 1, 0, (WIDE + 8 * 64) | 1, 0]);
    // Two PDPTEs share a page: the second directory begins in its middle as far as its entry 0 is concerned, at the next page.
    pokeWords(cpu, POINTERS, [WIDE | 1, 0, 0x15001, 0]);
    pokeWords(cpu, WIDE, [0x87, 0]);
    const check = (cell: Cell): unknown => {
      const [format, large, upper, lower, xd, nxe, reserved, cpl, wp, access, fault, setUpper, setLower] = cell as [
        string,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        'read' | 'write' | 'fetch',
        number,
        number,
        number,
      ];
      const wide = format === 'pae';
      bench.start(cpl, at[access]);
      const { state } = cpu;
      const upperAt = wide ? 0x15000 : DIRECTORY + 0x400;
      const lowerAt = wide ? WIDE_TABLE + (FRAME >>> 12) * 8 : TABLE + (FRAME >>> 12) * 4;
      const low = upper | (large ? 0 : wide ? WIDE_TABLE : TABLE) | (!wide && reserved === 1 ? 1 << 17 : 0);
      const high = (index: number) => (((xd >> index) & 1) << 31) | (reserved === index + 1 ? 0x10 : 0);
      pokeWords(cpu, upperAt, wide ? [low, high(0)] : [low]);
      if (!large) pokeWords(cpu, lowerAt, wide ? [FRAME | lower, high(1)] : [FRAME | lower]);
      state.cr4 = wide ? 0x20 : 0x10;
      state.cr3 = wide ? POINTERS : DIRECTORY;
      Object.assign(state, { pdpte0: WIDE | 1, pdpte1: 0x15001, pdpte2: 0, pdpte3: 0, efer: nxe ? 0x800 : 0, cr2: 0 });
      state.cr0 |= 0x80000000 | (wp ? 0x10000 : 0);
      cpu.flushTlb();
      state.eax = 0x1234;
      cpu.run(access === 'fetch' ? 2 : 1);
      const met = bench.faults[0];
      const entries = [
        cpu.physical.read(upperAt, 4) ^ low,
        large ? 0 : cpu.physical.read(lowerAt, 4) ^ (FRAME | lower),
      ];
      const got = [met?.errorCode ?? -1, met ? state.cr2 >>> 0 : 0, met ? met.eip : 0, ...entries];
      const place = access === 'fetch' ? linear : at[access];
      return differ(got, fault < 0 ? [-1, 0, 0, setUpper, setLower] : [fault, linear, place, setUpper, setLower]);
    };
    expect(wrong(matrix.paging, check)).toEqual([]);
  }, 60_000);

  it('loading DS and SS', () => {
    const bench = new Bench(engine);
    poke(bench.cpu, CODE, assemble('mov ds,ax', 32).bytes);
    poke(bench.cpu, CODE + 0x10, assemble('mov ss,ax', 32).bytes);
    const check = (cell: Cell): unknown => {
      const [register, type, dpl, rpl, cpl, isPresent, vector] = cell as [
        string,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      bench.entry(Index.tested, 0xffff, 0xcf0000 | typed(type, dpl, isPresent));
      const cpu = bench.start(cpl, register === 'ds' ? CODE : CODE + 0x10);
      cpu.state.eax = (Index.tested << 3) | rpl;
      cpu.run(1);
      const met = bench.faults[0];
      return differ(met ? [met.vector, met.errorCode] : [0], vector ? [vector, Index.tested << 3] : [0]);
    };
    expect(wrong(matrix.segmentLoad, check)).toEqual([]);
  }, 60_000);

  it('limits and types', () => {
    const bench = new Bench(engine);
    const at = (size: number, access: string) => CODE + size * 0x10 + (access === 'write' ? 0x80 : 0);
    for (const [size, register] of [
      [1, 'al'],
      [2, 'ax'],
      [4, 'eax'],
    ] as const) {
      poke(bench.cpu, at(size, 'read'), assemble(`mov ${register},[ebx]`, 32).bytes);
      poke(bench.cpu, at(size, 'write'), assemble(`mov [ebx],${register}`, 32).bytes);
    }
    const check = (cell: Cell): unknown => {
      const [type, granular, big, limit, offset, size, access, vector] = cell as [
        number,
        number,
        number,
        number,
        number,
        number,
        string,
        number,
      ];
      const flags = (granular << 23) | (big << 22);
      bench.entry(Index.tested, limit | ((BASE & 0xffff) << 16), (BASE >>> 16) | flags | typed(type, 0, 1));
      const cpu = bench.start(0, CODE + 0x200);
      poke(cpu, CODE + 0x200, [0x8e, 0xd8]);
      cpu.state.eax = Index.tested << 3;
      cpu.run(1);
      Object.assign(cpu.state, { eip: at(size, access), ebx: offset });
      cpu.run(1);
      return differ(bench.faults.map(f => f.vector).slice(0, 1), vector ? [vector] : []);
    };
    expect(wrong(matrix.segmentAccess, check)).toEqual([]);
  }, 60_000);

  /** The outcome of an instruction that transfers to `selector`, or does not. */
  function outcome(
    bench: Bench,
    wanted: readonly (number | string)[],
    ext: number,
    skip: number,
    names: Readonly<Record<string, number>>,
    code: number,
  ): unknown {
    const { cpu } = bench;
    const met = bench.faults[skip];
    if (wanted[0] === 'ok') {
      const got = met ? [met.vector, met.errorCode] : [cpu.segment(1).selector, cpu.state.cpl, cpu.state.eip];
      return differ(got, [(code << 3) | (wanted[1] as number), wanted[1], HANDLER]);
    }
    return differ(met ? [met.vector, met.errorCode] : [], [wanted[0], names[wanted[1] as string]! | ext]);
  }

  it('far CALL and JMP to segments', () => {
    const bench = new Bench(engine);
    const at = (op: string, rpl: number) => CODE + rpl * 0x10 + (op === 'call' ? 0x40 : 0);
    for (const rpl of [0, 1, 2, 3]) {
      const far = `${(Index.tested << 3) | rpl}:${HANDLER}`;
      poke(bench.cpu, at('jmp', rpl), assemble(`jmpf ${far}`, 32).bytes);
      poke(bench.cpu, at('call', rpl), assemble(`callf ${far}`, 32).bytes);
    }
    const names = { target: Index.tested << 3 };
    const check = (cell: Cell): unknown => {
      const [op, type, dpl, rpl, cpl, isPresent, ...wanted] = cell as [
        string,
        number,
        number,
        number,
        number,
        number,
        ...(number | string)[],
      ];
      bench.entry(Index.tested, 0xffff, 0xcf0000 | typed(type, dpl, isPresent));
      bench.start(cpl, at(op, rpl)).run(1);
      return outcome(bench, wanted, 0, 0, names, Index.tested);
    };
    expect(wrong(matrix.direct, check)).toEqual([]);
  }, 60_000);

  it('far CALL and JMP through call gates', () => {
    const bench = new Bench(engine);
    const at = (op: string, rpl: number) => CODE + rpl * 0x10 + (op === 'call' ? 0x40 : 0);
    for (const rpl of [0, 1, 2, 3]) {
      const far = `${(Index.tested << 3) | rpl}:0`;
      poke(bench.cpu, at('jmp', rpl), assemble(`jmpf ${far}`, 32).bytes);
      poke(bench.cpu, at('call', rpl), assemble(`callf ${far}`, 32).bytes);
    }
    const names = { gate: Index.tested << 3, target: Index.target << 3 };
    const check = (cell: Cell): unknown => {
      const [op, type, dpl, rpl, cpl, isPresent, targetType, targetDpl, targetPresent, ...wanted] = cell as [
        string,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        ...(number | string)[],
      ];
      bench.entry(Index.tested, (Index.target << 19) | HANDLER, typed(type, dpl, isPresent));
      bench.entry(Index.target, 0xffff, 0xcf0000 | typed(targetType, targetDpl, targetPresent));
      bench.start(cpl, at(op, rpl)).run(1);
      return outcome(bench, wanted, 0, 0, names, Index.target);
    };
    expect(wrong(matrix.gates, check)).toEqual([]);
  }, 60_000);

  it('INT n, exceptions and interrupts through the IDT', () => {
    const bench = new Bench(engine);
    poke(bench.cpu, CODE, [0xcd, VECTOR]);
    poke(bench.cpu, CODE + 0x10, [0x0f, 0x0b]);
    poke(bench.cpu, CODE + 0x20, [0x90, 0x90]);
    const check = (cell: Cell): unknown => {
      const [source, type, dpl, isPresent, targetType, targetDpl, targetPresent, cpl, ...wanted] = cell as [
        string,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        ...(number | string)[],
      ];
      const vector = source === 'exception' ? UD : VECTOR;
      pokeWords(bench.cpu, IDT + 8 * vector, [(Index.target << 19) | HANDLER, typed(type, dpl, isPresent)]);
      bench.entry(Index.target, 0xffff, 0xcf0000 | typed(targetType, targetDpl, targetPresent));
      const cpu = bench.start(cpl, CODE + { software: 0, exception: 0x10, external: 0x20 }[source]!);
      if (source === 'external') {
        cpu.eflags = 0x200;
        cpu.interruptLine = true;
      }
      cpu.run(1);
      const names = { idt: vector * 8 + 2, target: Index.target << 3 };
      return outcome(bench, wanted, source === 'software' ? 0 : 1, source === 'exception' ? 1 : 0, names, Index.target);
    };
    expect(wrong(matrix.interrupt, check)).toEqual([]);
  }, 60_000);
});
