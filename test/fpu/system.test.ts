/** What x87 has to do with the rest of the processor: #NM, #MF, FERR#, faults of memory operands, layouts of the environment, FXSAVE. */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { enterProtected, makeCpu, poke, type RigOptions } from '../cpu/rig.ts';

const CODE = 0x20000;
const DATA = 0x30000;
const NE = 0x20;
const EM = 4;
const TS = 8;
const MP = 2;

interface Run {
  readonly cpu: Cpu;
  /** Exceptions delivered, in order. */
  readonly vectors: number[];
  readonly ferr: boolean[];
}

/** Runs code in flat 32-bit protected mode with CR0 bits `cr0` up to the first exception or `limit` instructions. */
function run(
  source: string,
  { cr0 = NE, limit = 50, ...options }: RigOptions & { cr0?: number; limit?: number } = {},
): Run {
  const vectors: number[] = [];
  const ferr: boolean[] = [];
  const bus = {
    observeException: ({ vector }: { vector: number }) => {
      vectors.push(vector);
    },
    coprocessorError: (level: boolean) => {
      ferr.push(level);
    },
    ...options.bus,
  };
  const cpu = makeCpu({ ...options, bus });
  poke(cpu, CODE, assemble(`${source};hlt`, 32, CODE).bytes);
  enterProtected(cpu);
  cpu.state.cr0 |= cr0;
  Object.assign(cpu.state, { eip: CODE, esp: 0x80000, idtLimit: 0 });
  for (let i = 0; i < limit && vectors.length === 0 && !cpu.halted; i++) cpu.run(1);
  return { cpu, vectors, ferr };
}

const word = (cpu: Cpu, at: number): number => cpu.physical.read(at, 2);
const long = (cpu: Cpu, at: number): number => cpu.physical.read(at, 4) >>> 0;

/** Control word with all masked but ZE, as a word in memory, and a division by zero. */
const UNMASKED = `fninit;mov word [${DATA}],0x37b;fldcw word [${DATA}]`;
const DIVIDE = `${UNMASKED};fldz;fld1;fdiv st(0),st(1)`;

describe('who may use it', () => {
  it.each([
    ['fld1', EM, [7]],
    ['fld1', TS, [7]],
    ['fninit', EM, [7]],
    ['fnstsw ax', TS, [7]],
    ['wait', EM, []],
    ['wait', TS, []],
    ['wait', MP, []],
    ['wait', TS | MP, [7]],
    [`fxsave [${DATA}]`, EM, [7]],
    ['fninit;fld1', NE, []],
  ] as const)('%s with CR0 bits %#: %i', (source, cr0, expected) => {
    expect(run(source, { cr0 }).vectors.slice(0, 1)).toEqual(expected);
  });

  it('a program that probes finds it', () => {
    const { cpu } = run('mov eax,-1;fninit;fnstsw ax');
    expect(cpu.state.eax >>> 0).toBe(0xffff0000);
  });
});

describe('pending exceptions', () => {
  it.each([
    ['the next instruction that waits faults', 'fld1', [16]],
    ['WAIT does', 'wait', [16]],
    ['a memory form does, before it looks at memory', 'fld dword [0xf0000000]', [16]],
    ['FNSTSW does not', 'fnstsw ax', []],
    ['FNCLEX clears it', 'fnclex;fld1', []],
    ['FNINIT clears it', 'fninit;fld1', []],
    ['FNSTENV masks it', `fnstenv [${DATA}];fldz`, []],
    ['an integer instruction does not care', 'add eax,ebx', []],
    ['FLDCW waits', `fldcw word [${DATA}]`, [16]],
  ] as const)('%s', (_name, source, expected) => {
    const { cpu, vectors } = run(`${DIVIDE};${source}`);
    expect(vectors.slice(0, 1)).toEqual(expected);
    if (expected.length > 0) expect(cpu.fpu.read(0)).toMatchObject({ top: 0x3fff });
  });

  it('the faulting division left its operand and named itself', () => {
    const { cpu } = run(DIVIDE);
    expect([cpu.fpu.status & 0x80ff, cpu.state.fpuOpcode, cpu.state.fpuInstructionSelector]).toEqual([
      0x8084, 0x0f1, 8,
    ]);
    expect(cpu.fpu.read(0)).toMatchObject({ top: 0x3fff });
  });

  it('unmasking what is noted makes it pending', () => {
    const { vectors } = run(`fninit;fldz;fld1;fdiv st(0),st(1);mov word [${DATA}],0x37b;fldcw word [${DATA}];fld1`);
    expect(vectors[0]).toBe(16);
  });

  it('without CR0.NE it is FERR#, and the next instruction is held up until IGNNE#', () => {
    const { cpu, vectors, ferr } = run(`${DIVIDE};fldz`, { cr0: 0, limit: 20 });
    expect([vectors, ferr[0], cpu.halted]).toEqual([[], true, false]);
    const held = cpu.state.eip;
    cpu.run(5);
    expect(cpu.state.eip).toBe(held);
    cpu.ignoreNumericErrors = true;
    cpu.run(1);
    expect(cpu.state.eip).toBe(held + 2);
  });

  it('FNCLEX lowers FERR#', () => {
    const { ferr } = run(`${DIVIDE};fnclex`, { cr0: 0 });
    expect([ferr[0], ferr.at(-1)]).toEqual([true, false]);
  });
});

describe('memory operands', () => {
  it.each([
    ['fld qword', 'fld qword [0xfffffffc]', { limit: 0xfffffffd }],
    ['fstp tbyte', 'fninit;fldpi;fstp tbyte [0x2fff8]', { limit: 0x2ffff }],
    ['fnsave', 'fninit;fnsave [0x2ffa0]', { limit: 0x2ffff }],
    ['fxsave unaligned', 'fxsave [0x30008]', {}],
  ] as const)('%s outside its segment is #GP, and nothing has happened', (_name, source, segment) => {
    const vectors: number[] = [];
    const cpu = makeCpu({ bus: { observeException: ({ vector }) => void vectors.push(vector) } });
    poke(cpu, CODE, assemble(source, 32, CODE).bytes);
    enterProtected(cpu, segment);
    Object.assign(cpu.state, { eip: CODE, esp: 0x1000, idtLimit: 0 });
    for (let i = 0; i < 5 && vectors.length === 0; i++) cpu.run(1);
    expect(vectors[0]).toBe(13);
    expect(long(cpu, 0x2fff8)).toBe(0);
  });

  it.each([
    ['fld dword [0x30002]', [17]],
    ['fld qword [0x30004]', [17]],
    ['fld tbyte [0x30004]', [17]],
    ['fnstcw word [0x30001]', [17]],
    ['fnsave [0x30002]', [17]],
    ['db 0x66;fnsave [0x30002]', []],
    ['fld qword [0x30008]', []],
    ['fld tbyte [0x30008]', []],
  ] as const)('%s with alignment checks: %j', (source, expected) => {
    const vectors: number[] = [];
    const observeException = ({ vector }: { vector: number }): void => {
      vectors.push(vector);
    };
    const cpu = makeCpu({ bus: { observeException } });
    poke(cpu, CODE, assemble(`fninit;${source}`, 32, CODE).bytes);
    enterProtected(cpu, { cpl: 3 });
    Object.assign(cpu.state, { eip: CODE, esp: 0x80000, idtLimit: 0, cr0: cpu.state.cr0 | 0x40000 });
    cpu.eflags |= 0x40000;
    cpu.updateMode();
    cpu.run(1);
    cpu.run(1);
    expect(vectors.slice(0, 1)).toEqual(expected);
  });

  it('an operand may lie on two pages', () => {
    const { cpu } = run('fninit;fldpi;fstp tbyte [0x30ffc];fld tbyte [0x30ffc]');
    expect(cpu.fpu.read(0)).toEqual({ top: 0x4000, high: 0xc90fdaa2 | 0, low: 0x2168c235 });
  });

  it('a store into code that is about to run is seen', () => {
    // FIST writes four NOPs over INC EAX and what follows it in the running block.
    const start = 'fninit;mov dword [0x30000],0x90909090;fild dword [0x30000];mov eax,0;';
    const at = CODE + assemble(`${start}fist dword [0]`, 32, CODE).bytes.length;
    const source = `fninit;mov dword [${DATA}],0x90909090;fild dword [${DATA}];mov eax,0;fist dword [${at}];inc eax;nop;nop;nop`;
    const { cpu } = run(source);
    expect([cpu.state.eax, cpu.halted]).toEqual([0, true]);
  });
});

describe('the environment in memory', () => {
  /** FNSAVE after FLDPI and an FILD of a word, so that there are an instruction and an operand to point to. */
  const PREPARE = `fninit;fldpi;mov word [${DATA + 0x200}],7;fild word [${DATA + 0x200}]`;

  it('32-bit protected mode', () => {
    const { cpu } = run(`${PREPARE};fnsave [${DATA}]`);
    expect([0, 4, 8].map(i => long(cpu, DATA + i))).toEqual([0xffff037f, 0xffff3000, 0xffff0fff]);
    expect([16, 20, 24].map(i => long(cpu, DATA + i))).toEqual([(0x705 << 16) | 8, DATA + 0x200, 0xffff0010]);
    expect([long(cpu, DATA + 28), long(cpu, DATA + 32), word(cpu, DATA + 36)]).toEqual([0, 0xe0000000, 0x4001]);
    expect([cpu.fpu.control, cpu.fpu.status, cpu.fpu.tags]).toEqual([0x37f, 0, 0]);
  });

  it('16-bit protected mode: words', () => {
    const { cpu } = run(`${PREPARE};db 0x66;fnstenv [${DATA}]`);
    expect([0, 2, 4, 8, 10, 12].map(i => word(cpu, DATA + i))).toEqual([0x37f, 0x3000, 0xfff, 8, 0x200, 0x10]);
    expect(word(cpu, DATA + 14)).toBe(0);
  });

  it.each([
    ['16-bit real mode', '', [0x0037f, 0x3000, 0x0fff, 0x706, 0x2200, 0x3000], [0, 2, 4, 8, 10, 12]],
    ['32-bit real mode', 'db 0x66;', [0x037f, 0x3000, 0x0fff, 0x706, 0x2200, 0x3000], [0, 4, 8, 16, 20, 24]],
  ] as const)('%s: linear addresses', (_name, prefix, expected, offsets) => {
    const cpu = makeCpu();
    const source = `fninit;fldpi;mov word [0x200],7;fild word [0x200];${prefix}fnstenv [0];hlt`;
    poke(cpu, CODE, assemble(source, 16).bytes);
    for (let i = 0; i < 6; i++) cpu.setSegment(i, { selector: 0x3200, base: 0x32000, limit: 0xffff, access: 0x93 });
    cpu.setSegment(1, { selector: 0x2000, base: CODE, limit: 0xffff, access: 0x93 });
    cpu.updateMode();
    cpu.state.eip = 0;
    cpu.run(20);
    const got = offsets.map(i => word(cpu, 0x32000 + i));
    // Opcode with bits 16 and up of the instruction's address above it.
    expect([...got.slice(0, 3), got[3]! & 0x7ff, got[4], got[5]]).toEqual(expected);
    expect(got[3]! >> 12).toBe(CODE >> 16);
  });

  it('FXSAVE and FXRSTOR keep everything', () => {
    const { cpu } = run(`${PREPARE};fxsave [${DATA}];fninit;fxrstor [${DATA}]`);
    expect([cpu.fpu.control, cpu.fpu.status, cpu.fpu.tags, cpu.state.fpuOpcode]).toEqual([0x37f, 0x3000, 0xc0, 0x705]);
    expect([cpu.state.fpuData, cpu.fpu.read(0), cpu.fpu.read(1).top]).toEqual([
      DATA + 0x200,
      { top: 0x4001, high: 0xe0000000 | 0, low: 0 },
      0x4000,
    ]);
    expect([word(cpu, DATA + 4), word(cpu, DATA + 6)]).toEqual([0xc0, 0x705]);
  });
});
