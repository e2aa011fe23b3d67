/** REP MOVS and REP STOS in bulk (src/cpu/bulk.ts) against the oracle, which does one element a step: overlap, alignment, page ends, budgets, faults. */
import { describe, expect, it } from 'vitest';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { architecture, enablePaging, enterProtected, makeCpu, poke, pokeWords } from './rig.ts';

const CODE = 0x20000;

interface Case {
  readonly code: string;
  readonly ecx: number;
  readonly esi: number;
  readonly edi: number;
  /** Instructions a run() at a time. */
  readonly slice: number;
}

function run({ code, ecx, esi, edi, slice }: Case, engine: typeof wasmEngine): unknown {
  const faults: unknown[] = [];
  const cpu = makeCpu({
    engine,
    bus: {
      observeException: fault => {
        faults.push({ ...fault, at: cpu.insns, ecx: cpu.state.ecx, edi: cpu.state.edi });
      },
    },
  });
  poke(cpu, CODE, assemble(`${code};hlt`, 32, CODE).bytes);
  pokeWords(
    cpu,
    0x40000,
    Array.from({ length: 0x4000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1)),
  );
  pokeWords(cpu, 0x1000, [0x2003]);
  // Page 58h is absent, 5Ah read-only.
  pokeWords(
    cpu,
    0x2000,
    Array.from({ length: 256 }, (_, i) => (i << 12) | (i === 0x58 ? 0 : i === 0x5a ? 1 : 3)),
  );
  enterProtected(cpu);
  enablePaging(cpu, 0x1000, true);
  Object.assign(cpu.state, { eip: CODE, esp: 0x80000, eax: 0x12345678, ecx, esi, edi, idtLimit: 0 });
  let stop = cpu.run(slice);
  for (let i = 0; i < 100_000 && stop === 'limit'; i++) stop = cpu.run(slice);
  return {
    stop,
    faults,
    ...architecture(cpu),
    memory: Buffer.from(cpu.physical.bytes.subarray(0x40000, 0x60000)).toString('base64'),
  };
}

describe('REP in bulk is REP element by element', () => {
  it.each<[string, Case]>([
    ['copy forwards', { code: 'rep movsd', ecx: 5000, esi: 0x40000, edi: 0x50000, slice: 1e6 }],
    ['bytes, unaligned', { code: 'rep movsb', ecx: 9999, esi: 0x40003, edi: 0x50005, slice: 1e6 }],
    ['doublewords that lie on two pages', { code: 'rep movsd', ecx: 4000, esi: 0x40001, edi: 0x50002, slice: 1e6 }],
    ['overlap that propagates', { code: 'rep movsb', ecx: 5000, esi: 0x40000, edi: 0x40001, slice: 1e6 }],
    ['overlap further apart', { code: 'rep movsd', ecx: 3000, esi: 0x40000, edi: 0x40100, slice: 1e6 }],
    ['overlap downwards', { code: 'rep movsd', ecx: 3000, esi: 0x40100, edi: 0x40000, slice: 1e6 }],
    ['backwards', { code: 'std;rep movsd', ecx: 3000, esi: 0x44000, edi: 0x54000, slice: 1e6 }],
    ['fill bytes', { code: 'rep stosb', ecx: 9000, esi: 0, edi: 0x50003, slice: 1e6 }],
    ['fill words', { code: 'rep stosw', ecx: 9000, esi: 0, edi: 0x50001, slice: 1e6 }],
    ['fill doublewords, unaligned', { code: 'rep stosd', ecx: 5000, esi: 0, edi: 0x50001, slice: 1e6 }],
    ['budgets that end in its middle', { code: 'rep movsd', ecx: 5000, esi: 0x40000, edi: 0x50000, slice: 777 }],
    ['budgets of a hundred', { code: 'rep stosd', ecx: 5000, esi: 0, edi: 0x50000, slice: 100 }],
    ['into a page that is absent', { code: 'rep movsd', ecx: 5000, esi: 0x40000, edi: 0x57f00, slice: 1e6 }],
    ['into a page that is read-only', { code: 'rep stosb', ecx: 5000, esi: 0, edi: 0x59ffe, slice: 1e6 }],
    ['out of a page that is absent', { code: 'rep movsb', ecx: 5000, esi: 0x57801, edi: 0x50000, slice: 1e6 }],
    ['over its own code', { code: 'rep stosb', ecx: 0x100, esi: 0, edi: CODE - 0x80, slice: 1e6 }],
    ['16-bit addresses that wrap', { code: 'db 0x67;rep stosb', ecx: 0x1fff0, esi: 0, edi: 0x4fff0, slice: 1e6 }],
    ['count 0', { code: 'rep movsd', ecx: 0, esi: 0x40000, edi: 0x50000, slice: 1e6 }],
  ])('%s', (_, c) => {
    expect(run(c, wasmEngine)).toEqual(run(c, oracleEngine));
  });
});
