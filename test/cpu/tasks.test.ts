/** Hardware task switches: what is saved and loaded, back links, busy bits, 16-bit TSSs, faults on either side of the commit point. SDM vol. 3, chapter 7. */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { Tss as Field } from '../opinions/standard.ts';
import { enterProtected, makeCpu, poke, pokeWords } from './rig.ts';

const [GDT, LDT, IDT, OLD, NEW, OLD16, CODE, TASK, HANDLER] = [
  0x800, 0xc00, 0x1000, 0x2000, 0x2100, 0x2200, 0x20000, 0x28000, 0x30000,
];
const S = {
  code: 0x08,
  data: 0x10,
  userCode: 0x1b,
  userData: 0x23,
  old: 0x28,
  new: 0x30,
  narrow: 0x38,
  gate: 0x40,
  ldt: 0x48,
  absent: 0x50,
  small: 0x58,
  readOnly: 0x60,
} as const;
const [NT, RF, VM, IF] = [0x4000, 0x10000, 0x20000, 0x200];

interface Setup {
  readonly task?: Partial<Record<keyof typeof Field, number>>;
  readonly code: string;
  readonly taskCode?: string;
  readonly flags?: number;
  readonly steps?: number;
  readonly interrupt?: { readonly vector: number; readonly gate: readonly [number, number] };
}

function run(
  { task = {}, code, taskCode = 'hlt', flags = 2, steps = 200, interrupt }: Setup,
  engine: typeof wasmEngine,
): { cpu: Cpu; faults: string[]; read: (at: number, field: keyof typeof Field) => number } {
  const faults: string[] = [];
  const cpu: Cpu = makeCpu({
    engine,
    bus: {
      observeException: ({ vector, errorCode }) =>
        faults.push(
          `#${vector}${errorCode === undefined ? '' : `(${errorCode.toString(16)})`} at ${(cpu.state.eip >>> 0).toString(16)}`,
        ),
    },
  });
  const descriptor = (base: number, limit: number, access: number, flagBits: number) => [
    ((base & 0xffff) << 16) | (limit & 0xffff),
    (base & 0xff000000) | (flagBits << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff),
  ];
  pokeWords(
    cpu,
    GDT,
    [
      [0, 0],
      descriptor(0, 0xfffff, 0x9b, 12),
      descriptor(0, 0xfffff, 0x93, 12),
      descriptor(0, 0xfffff, 0xfb, 12),
      descriptor(0, 0xfffff, 0xf3, 12),
      descriptor(OLD, 0x67, 0x8b, 0),
      descriptor(NEW, 0x67, 0x89, 0),
      descriptor(OLD16, 0x2b, 0x81, 0),
      [S.new << 16, 0x8500],
      descriptor(LDT, 0xf, 0x82, 0),
      descriptor(0, 0xfffff, 0x13, 12),
      descriptor(NEW, 0x66, 0x89, 0),
      descriptor(0, 0xfffff, 0x91, 12),
    ].flat(),
  );
  for (const vector of [1, 10, 11, 12, 13, 14])
    pokeWords(cpu, IDT + 8 * vector, [(S.code << 16) | (HANDLER & 0xffff), (HANDLER & 0xffff0000) | 0x8e00]);
  if (interrupt) pokeWords(cpu, IDT + 8 * interrupt.vector, interrupt.gate);
  pokeWords(cpu, OLD + Field.esp0, [0x5f000, S.data]);
  const image = {
    esp0: 0x5e000,
    eip: TASK,
    eflags: 2,
    eax: 0x1111,
    esp: 0x58000,
    es: S.data,
    cs: S.code,
    ss: S.data,
    ds: S.data,
    fs: 0,
    gs: 0,
    ...task,
  };
  for (const [name, value] of Object.entries(image)) pokeWords(cpu, NEW + Field[name as keyof typeof Field], [value]);
  pokeWords(cpu, NEW + Field.esp0 + 4, [S.data]);
  poke(cpu, CODE, assemble(`${code}\nhlt`, 32, CODE).bytes);
  poke(cpu, TASK, assemble(taskCode, 32, TASK).bytes);
  poke(cpu, HANDLER, assemble('hlt', 32).bytes);
  enterProtected(cpu, {});
  Object.assign(cpu.state, {
    gdtBase: GDT,
    gdtLimit: 0x67,
    idtBase: IDT,
    idtLimit: 0x1ff,
    eip: CODE,
    esp: 0x50000,
    eax: 0x2222,
  });
  Object.assign(cpu.state, { taskSelector: S.old, taskBase: OLD, taskLimit: 0x67, taskAccess: 0x8b });
  cpu.eflags = flags;
  cpu.run(steps);
  return { cpu, faults, read: (at, field) => cpu.physical.read(at + Field[field], 4) };
}

const busy = (cpu: Cpu, selector: number): boolean => (cpu.physical.read(GDT + (selector & ~7) + 5, 1) & 2) !== 0;

describe.each([
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
] as const)('%s', (_, engine) => {
  it('JMP: the old state is saved, busy moves on, no link', () => {
    const { cpu, read, faults } = run({ code: `jmpf ${S.new}:0`, flags: 2 | NT }, engine);
    expect(faults).toEqual([]);
    expect([read(OLD, 'eip'), read(OLD, 'eax'), read(OLD, 'eflags'), read(OLD, 'cs') & 0xffff]).toEqual([
      CODE + 7,
      0x2222,
      2 | NT,
      S.code,
    ]);
    expect([busy(cpu, S.old), busy(cpu, S.new), cpu.state.taskSelector, cpu.state.cr0 & 8]).toEqual([
      false,
      true,
      S.new,
      8,
    ]);
    expect([cpu.state.eax, cpu.state.esp, cpu.eflags, read(NEW, 'link')]).toEqual([0x1111, 0x58000, 2, 0]);
  });

  it('CALL and IRET: linked, NT set in the new task, and back after the call', () => {
    const { cpu, read, faults } = run(
      { code: `callf ${S.new}:0;mov ecx,7`, taskCode: 'pushfd;pop ebx;iretd;mov edx,9;hlt' },
      engine,
    );
    expect(faults).toEqual([]);
    expect([cpu.state.ecx, cpu.state.taskSelector, cpu.eflags & NT]).toEqual([7, S.old, 0]);
    expect([busy(cpu, S.old), busy(cpu, S.new), read(NEW, 'link') & 0xffff]).toEqual([true, false, S.old]);
    // The task goes on after its IRET when it is entered again; NT is clear in what IRET saved.
    expect([read(NEW, 'eip'), read(NEW, 'eflags') & NT]).toEqual([
      TASK + assemble('pushfd;pop ebx;iretd', 32).bytes.length,
      0,
    ]);
  });

  it('a task gate leads to its task', () => {
    expect(run({ code: `callf ${S.gate}:0` }, engine).cpu.state.taskSelector).toBe(S.new);
  });

  it('INT through a task gate, and back', () => {
    const { cpu, faults } = run(
      { code: 'int 0x20;mov ecx,7', taskCode: 'iretd', interrupt: { vector: 0x20, gate: [S.new << 16, 0x8500] } },
      engine,
    );
    expect([faults, cpu.state.ecx]).toEqual([[], 7]);
  });

  it('a fault through a task gate: error code on the new stack, RF in the flags saved', () => {
    const { cpu, read } = run(
      { code: 'mov eax,0x3b8;mov ds,ax', interrupt: { vector: 13, gate: [S.new << 16, 0x8500] } },
      engine,
    );
    expect([cpu.state.esp, cpu.physical.read(cpu.state.esp, 4)]).toEqual([0x58000 - 4, 0x3b8]);
    expect([read(OLD, 'eip'), read(OLD, 'eflags') & RF]).toEqual([CODE + 5, RF]);
  });

  it('a user task with an LDT', () => {
    const task = { cs: S.userCode, ss: S.userData, ds: S.userData, es: S.userData, ldt: S.ldt };
    const { cpu, faults } = run({ code: `jmpf ${S.new}:0`, task, taskCode: 'jmp 0x28000', steps: 5 }, engine);
    expect([faults, cpu.state.cpl, cpu.state.ldtSelector, cpu.state.ldtBase]).toEqual([[], 3, S.ldt, LDT]);
  });

  it('a virtual-8086 task', () => {
    const { cpu } = run(
      { code: `jmpf ${S.new}:0`, task: { eflags: 2 | VM, cs: 0x2800, eip: 0, ss: 0x5000, esp: 0x100 }, steps: 1 },
      engine,
    );
    expect([cpu.state.cpl, cpu.segment(1).base, cpu.segment(2).base, cpu.segment(1).limit]).toEqual([
      3, 0x28000, 0x50000, 0xffff,
    ]);
  });

  it('a 16-bit task: FLAGS, 16-bit registers, four segments', () => {
    const words = [
      0,
      0,
      S.data,
      0,
      0,
      0,
      0,
      0x8000,
      2 | IF,
      0x1234,
      2,
      3,
      4,
      0x9000,
      6,
      7,
      8,
      S.data,
      S.code,
      S.data,
      S.data,
      0,
    ];
    const bytes = words.flatMap(word => [word & 0xff, word >> 8]);
    const code = `${[...bytes.entries()].map(([i, byte]) => `mov byte [${OLD16 + i}],${byte}`).join(';')};mov byte [0x8000],0xf4;jmpf ${S.narrow}:0`;
    const { cpu, faults } = run({ code }, engine);
    expect([faults, cpu.state.eax & 0xffff, cpu.state.esp & 0xffff, cpu.state.edi & 0xffff]).toEqual([
      [],
      0x1234,
      0x9000,
      8,
    ]);
    expect([cpu.state.eip, cpu.eflags & IF, cpu.segment(4).selector, cpu.state.taskAccess]).toEqual([0x8001, IF, 0, 3]);
  });

  it('DR7: local breakpoints go, global ones stay', () => {
    const { cpu } = run({ code: `mov eax,0x303;mov dr7,eax;jmpf ${S.new}:0` }, engine);
    expect(cpu.state.dr7 & 0x3ff).toBe(0x202);
  });

  it('the T bit: #DB once the task is entered', () => {
    const { cpu, faults } = run({ code: `jmpf ${S.new}:0`, task: { trap: 1 } }, engine);
    expect([faults, (cpu.state.dr6 >>> 15) & 1]).toEqual([[`#1 at ${TASK.toString(16)}`], 1]);
  });

  describe('faults before the commit point belong to the old task', () => {
    const here = CODE.toString(16);
    it.each([
      ['JMP to a busy task', `jmpf ${S.old}:0`, `#13(${S.old.toString(16)}) at ${here}`],
      ['a TSS too small', `jmpf ${S.small}:0`, `#10(${S.small.toString(16)}) at ${here}`],
      ['IRET with a null link', 'pushfd;or dword [esp],0x4000;popfd;iretd', `#10(0) at ${(CODE + 9).toString(16)}`],
    ])('%s', (_name, code, wanted) => {
      const { cpu, faults } = run({ code }, engine);
      expect([faults[0], cpu.state.taskSelector, busy(cpu, S.new)]).toEqual([wanted, S.old, false]);
    });
  });

  describe('faults after it belong to the new task', () => {
    const there = TASK.toString(16);
    it.each([
      ['LDT that is none', { ldt: S.data }, `#10(${S.data.toString(16)}) at ${there}`],
      ['CS that is data', { cs: S.data }, `#10(${S.data.toString(16)}) at ${there}`],
      ['null CS', { cs: 0 }, `#10(0) at ${there}`],
      ['CS not present', { cs: S.absent }, `#10(${S.absent.toString(16)}) at ${there}`],
      ['SS read-only', { ss: S.readOnly }, `#10(${S.readOnly.toString(16)}) at ${there}`],
      ['SS not present', { ss: S.absent }, `#12(${S.absent.toString(16)}) at ${there}`],
      ['DS not present', { ds: S.absent }, `#11(${S.absent.toString(16)}) at ${there}`],
      ['ES beyond the table', { es: 0x3b8 }, `#10(3b8) at ${there}`],
    ])('%s', (_name, task, wanted) => {
      const { cpu, faults, read } = run({ code: `jmpf ${S.new}:0`, task }, engine);
      // Whatever could not be loaded, the handler has a stack.
      expect(faults).toEqual([wanted]);
      expect([cpu.state.taskSelector, busy(cpu, S.new), read(OLD, 'eip')]).toEqual([S.new, true, CODE + 7]);
    });
  });
});
