/** Virtual-8086 mode with and without its extensions, and VIF in protected mode. SDM vol. 3, chapter 20. */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { enterProtected, makeCpu, poke, pokeWords } from './rig.ts';

const [GDT, IDT, TSS, CODE] = [0x800, 0x1000, 0x1800, 0x20000];
const [IF, IOPL3, VM, VIF, VIP, TF] = [0x200, 0x3000, 0x20000, 0x80000, 0x100000, 0x100];
const [VME, PVI] = [1, 2];
const IO_MAP = 0x88;

interface Row {
  readonly code: string;
  readonly flags?: number;
  readonly cr4?: number;
  /** Vectors whose bit in the redirection bitmap is set: they go to the monitor. */
  readonly monitored?: readonly number[];
  readonly cpl3?: boolean;
}

const engines = [
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
] as const;

/** The machine after `code` and HLT (which faults in virtual-8086 mode, and so ends every row), or after its first fault. */
function run(
  { code, flags = 0, cr4 = 0, monitored = [], cpl3 = false }: Row,
  engine: typeof wasmEngine,
): { cpu: Cpu; faults: string[]; eip: number } {
  const faults: string[] = [];
  let eip = 0;
  const cpu: Cpu = makeCpu({
    engine,
    bus: {
      observeException: ({ vector, errorCode }) => {
        faults.push(`#${vector}${errorCode === undefined ? '' : `(${errorCode})`}`);
        eip = cpu.state.eip;
        cpu.stopRequested = true;
      },
    },
  });
  pokeWords(cpu, GDT, [0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300, 0xffff, 0xcffb00, 0xffff, 0xcff300]);
  pokeWords(cpu, TSS, [0, 0x60000, 0x10]);
  pokeWords(cpu, TSS + 0x64, [IO_MAP << 16]);
  for (const vector of monitored) cpu.writePhysical(TSS + IO_MAP - 32 + (vector >> 3), 1 << (vector & 7), 1);
  // Only the vectors 0 to 3 of the program's table: the rest of low memory is the tables' of this test.
  pokeWords(cpu, 0x21 * 4, [0x30000100 | 0]);
  poke(cpu, 0x30100, [0xf4]);
  pokeWords(cpu, IDT + 0x21 * 8, [(8 << 16) | 0x4000, 0xee00 | 0x20000]);
  poke(cpu, 0x24000, [0xf4]);
  poke(cpu, CODE, assemble(`${code}\nhlt`, cpl3 ? 32 : 16, 0).bytes);
  enterProtected(cpu, { cpl: 3 });
  if (!cpl3)
    for (let i = 0; i < 6; i++) cpu.setSegment(i, { selector: 0x2000, base: CODE, limit: 0xffff, access: 0xf3 });
  Object.assign(cpu.state, { gdtBase: GDT, gdtLimit: 0x27, idtBase: IDT, idtLimit: 0x7ff, cr4, eip: cpl3 ? CODE : 0 });
  Object.assign(cpu.state, {
    taskSelector: 0x28,
    taskBase: TSS,
    taskLimit: 0x1ff,
    taskAccess: 0x8b,
    esp: cpl3 ? 0x50000 : 0x8000,
  });
  cpu.eflags = flags | (cpl3 ? 0 : VM);
  cpu.updateMode();
  cpu.run(50);
  return { cpu, faults, eip };
}

const END = '#13(0)';
const top = (cpu: Cpu, index: number): number => cpu.physical.read(CODE + 0x8000 - 6 + 2 * index, 2);

describe.each(engines)('%s', (_, engine) => {
  describe('IOPL below 3 without VME: the monitor does it', () => {
    it.each(['cli', 'sti', 'pushf', 'popf', 'iret', 'int 0x21', 'pushfd', 'popfd'])('%s', code => {
      const { faults, eip } = run({ code }, engine);
      expect([faults[0], eip]).toEqual([END, 0]);
    });
  });

  describe('VIF stands for IF with VME', () => {
    it.each([
      ['STI sets it', 'sti', 0, VIF],
      ['CLI clears it', 'cli', VIF | IF, IF],
      ['POPF takes it from IF', 'push 0x200;popf', IOPL3 & 0, VIF],
      ['POPF leaves IF and IOPL', 'push 0;popf', VIF | IF, IF],
      ['IOPL 3: IF itself', 'sti', IOPL3, IF | IOPL3],
    ])('%s', (_name, code, flags, wanted) => {
      const { cpu, faults, eip } = run({ code, flags, cr4: VME }, engine);
      const length = assemble(code, 16).bytes.length;
      expect([faults[0], eip]).toEqual([END, length]);
      expect((cpu.state.eflags | 0) & (IF | VIF | IOPL3)).toBe(wanted);
    });

    it('PUSHF shows VIF as IF, and IOPL 3', () => {
      for (const flags of [0, VIF, IF, VIF | IF]) {
        const { cpu } = run({ code: 'pushf', flags, cr4: VME }, engine);
        expect(top(cpu, 2) & (IF | IOPL3)).toBe(IOPL3 | ((flags & VIF) !== 0 ? IF : 0));
      }
    });

    it.each([
      ['STI with VIP', 'sti', VIP, 0],
      ['POPF that enables with VIP', 'push 0x200;popf', VIP, 3],
      ['POPF that sets TF', 'push 0x100;popf', 0, 3],
      ['POPFD', 'popfd', 0, 0],
      ['PUSHFD', 'pushfd', 0, 0],
      ['IRET that enables with VIP', 'push 0x200;push 0x2000;push 0;iret', VIP, 8],
    ])('%s is #GP(0)', (_name, code, flags, at) => {
      const { faults, eip } = run({ code, flags, cr4: VME }, engine);
      expect([faults[0], eip]).toEqual([END, at]);
    });

    it('IRET loads VIF', () => {
      const { cpu, eip } = run({ code: 'push 0x200;push 0x2000;push 9;iret', cr4: VME }, engine);
      expect([cpu.state.eflags & (IF | VIF), eip]).toEqual([VIF, 9]);
    });
  });

  describe('INT n', () => {
    const where = ({ cpu, eip }: { cpu: Cpu; eip: number }) =>
      `${cpu.segment(1).selector.toString(16)}:${eip.toString(16)}`;
    it('bit clear: the program itself, with VIF pushed as IF', () => {
      const result = run({ code: 'int 0x21', flags: VIF, cr4: VME }, engine);
      expect(where(result)).toBe('3000:100');
      expect([top(result.cpu, 0), top(result.cpu, 1), top(result.cpu, 2) & (IF | IOPL3)]).toEqual([
        2,
        0x2000,
        IF | IOPL3,
      ]);
      expect(result.cpu.state.eflags & (IF | VIF | TF)).toBe(0);
    });
    it('bit clear, IOPL 3: IF is cleared', () => {
      const result = run({ code: 'int 0x21', flags: IOPL3 | IF | VIF, cr4: VME }, engine);
      expect([where(result), result.cpu.state.eflags & (IF | VIF)]).toEqual(['3000:100', VIF]);
    });
    it('bit set, IOPL below 3: #GP(0)', () => {
      const result = run({ code: 'int 0x21', cr4: VME, monitored: [0x21] }, engine);
      expect([result.faults[0], result.eip]).toEqual([END, 0]);
    });
    it.each([
      ['bit set, IOPL 3', VME, [0x21]],
      ['without VME, IOPL 3', 0, []],
    ])('%s: the gate', (_name, cr4, monitored) => {
      const { cpu } = run({ code: 'int 0x21', flags: IOPL3, cr4, monitored }, engine);
      expect([cpu.state.cpl, cpu.segment(1).selector, cpu.eflags & VM, cpu.segment(3).selector]).toEqual([0, 8, 0, 0]);
      // GS FS DS ES SS ESP EFLAGS CS EIP
      const frame = Array.from({ length: 9 }, (_v, i) => cpu.physical.read(0x60000 - 36 + 4 * i, 4));
      expect(frame).toEqual([2, 0x2000, IOPL3 | VM | 2, 0x8000, 0x2000, 0x2000, 0x2000, 0x2000, 0x2000]);
    });
  });

  describe('CPL 3 of protected mode with PVI', () => {
    it.each([
      ['STI sets VIF', 'sti', 0, PVI, VIF, 1],
      ['CLI clears VIF', 'cli', VIF, PVI, 0, 1],
      ['STI with VIP is #GP', 'sti', VIP, PVI, 0, 0],
      ['without PVI it is #GP', 'cli', VIF, VME, VIF, 0],
    ])('%s', (_name, code, flags, cr4, wanted, length) => {
      const { cpu, eip } = run({ code, flags, cr4, cpl3: true }, engine);
      expect([cpu.state.eflags & VIF, eip]).toEqual([wanted, CODE + length]);
    });
  });
});
