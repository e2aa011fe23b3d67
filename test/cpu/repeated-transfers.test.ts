/**
 * Transfers that repeat (src/cpu/transfer-cache.ts): a program calls the kernel again and again, and after some rounds the kernel changes what the transfers
 * read. What follows must be what a processor that notes nothing does - the oracle - to the instruction.
 */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/cpu/bus.ts';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { eagerJitEngine } from '../../src/jit/jit.ts';
import { share } from '../setup/share.ts';
import { architecture, makeCpu, poke, pokeWords } from './rig.ts';

const [GDT, IDT, TSS, TASK, KERNEL, USER, COUNTER] = [0x800, 0x1000, 0x600, 0x5000, 0x20000, 0x28000, 0x30000];
const [DIRECTORY, TABLE, STACK] = [0x60000, 0x61000, 0x48000];
const S = {
  code: 0x08,
  data: 0x10,
  userCode: 0x1b,
  userData: 0x23,
  tss: 0x28,
  other: 0x30,
  userOther: 0x3b,
  userBased: 0x43,
} as const;

const descriptor = (base: number, limit: number, access: number, flags: number): [number, number] => [
  ((base & 0xffff) << 16) | (limit & 0xffff),
  (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff),
];
const gate = (selector: number, offset: number, access: number): [number, number] => [
  (selector << 16) | (offset & 0xffff),
  (offset & 0xffff0000) | (access << 8),
];
const Table = [
  [0, 0],
  descriptor(0, 0xfffff, 0x9b, 0xc),
  descriptor(0, 0xfffff, 0x93, 0xc),
  descriptor(0, 0xfffff, 0xfb, 0xc),
  descriptor(0, 0xfffff, 0xf3, 0xc),
  descriptor(TSS, 0x67, 0x89, 0),
  descriptor(TASK, 0x67, 0x89, 0),
  descriptor(0, 0xfffff, 0xf3, 0xc),
  descriptor(0x100, 0xfffff, 0xf3, 0xc),
];
/** Another table: the program's data segment has a base there. */
const OTHER_GDT = 0x54000;
const OTHER_IDT = 0x55000;
const OtherTable = [...Table.slice(0, 4), descriptor(0x10, 0xfffff, 0xf3, 0xc), ...Table.slice(5)];

/** Vectors whose handler drops an error code. */
const WITH_CODE = new Set([8, 10, 11, 12, 13, 14]);
const ROUNDS = share(8, 12);
const CHANGE_AT = ROUNDS / 2;

const pool = new Map<MakeEngine, Cpu>();

interface Machine {
  readonly cpu: Cpu;
  readonly faults: (Fault & { at: number })[];
}

/**
 * The program at CPL 3 calls INT 80h, loads DS and makes an exception; the kernel counts in DS of its own, and executes `change` in round CHANGE_AT. Exceptions
 * that nobody planned are counted, skip two bytes, and end the run after a while.
 */
function boot(engine: MakeEngine, change: string, paging: boolean, user: string): Machine {
  const faults: (Fault & { at: number })[] = [];
  // One processor serves all rows: what has been noted in one must not matter in the next.
  const cpu = pool.get(engine) ?? makeCpu({ engine, bus: { acknowledgeInterrupt: () => 0x40 } });
  pool.set(engine, cpu);
  cpu.interruptLine = false;
  cpu.reset();
  cpu.insns = 0;
  cpu.physical.bytes.fill(0);
  cpu.bus.observeException = fault => faults.push({ ...fault, at: cpu.insns });
  pokeWords(cpu, GDT, Table.flat());
  pokeWords(cpu, OTHER_GDT, OtherTable.flat());
  pokeWords(cpu, 0x500, [(Table.length * 8 - 1) | (GDT << 16), GDT >>> 16]);
  pokeWords(cpu, 0x508, [0x7ff | (IDT << 16), IDT >>> 16]);
  for (const [at, esp] of [
    [TSS, STACK + 0x1008],
    [TASK, STACK + 0x800],
  ] as const) {
    pokeWords(cpu, at, [0, esp, S.data]);
    pokeWords(cpu, at + 0x64, [0x680000]);
  }
  pokeWords(cpu, DIRECTORY, [TABLE | 7]);
  pokeWords(
    cpu,
    TABLE,
    Array.from({ length: 256 }, (_, i) => (i << 12) | 7),
  );
  const place = (at: number, source: string): void => poke(cpu, at, assemble(source, 32, at).bytes);
  const counted = `push ds;push eax;mov eax,${S.data};mov ds,ax;inc dword [${COUNTER}]`;
  place(KERNEL, `${counted};cmp dword [${COUNTER}],${CHANGE_AT};jne same;${change};same:;pop eax;pop ds;iret`);
  pokeWords(cpu, IDT + 0x80 * 8, gate(S.code, KERNEL, 0xee));
  place(KERNEL + 0x1000, 'inc dword [0x30010];iret');
  pokeWords(cpu, IDT + 0x40 * 8, gate(S.code, KERNEL + 0x1000, 0x8e));
  for (let vector = 0; vector < 20; vector++) {
    const at = KERNEL + 0x2000 + vector * 0x80;
    const code = WITH_CODE.has(vector) ? 'add esp,4;' : '';
    // A debug exception is a trap.
    const skip = vector === 1 ? '' : 'add dword [esp],2;';
    place(at, `${code}inc dword [0x30020];${skip}iret`);
    pokeWords(cpu, IDT + vector * 8, gate(S.code, at, vector === 3 ? 0xee : 0x8e));
  }
  for (let at = 0; at < 0x800; at += 4) pokeWords(cpu, OTHER_IDT + at, [cpu.physical.read(IDT + at, 4)]);
  pokeWords(cpu, OTHER_IDT + 6 * 8, gate(S.code, KERNEL + 0x1000, 0x8e));
  poke(cpu, 0x3000, assemble('mov ax,0x43;mov ds,ax;mov [0],ax;again:;inc bx;mov es,ax;jmp again', 16).bytes);
  place(USER, `again:;mov eax,${S.userData};int 0x80;inc ebx;mov ds,ax;mov es,ax;ud2;${user};jmp again`);
  const page = paging ? `mov eax,${DIRECTORY};mov cr3,eax;mov eax,cr0;or eax,0x80010000;mov cr0,eax;` : '';
  const setUp = `mov ax,${S.data};mov ds,ax;mov es,ax;mov ss,ax;mov esp,0x70000;${page}mov ax,${S.tss};ltr ax`;
  const enter = `push ${S.userData};push 0x2a000;push 2;push ${S.userCode};push ${USER};iret`;
  place(0x9000, `${setUp};mov ax,${S.userData};mov ds,ax;mov es,ax;${enter}`);
  const start = `lgdt [0x500];lidt [0x508];mov eax,cr0;or al,1;mov cr0,eax;jmp ${S.code}:0x9000`;
  poke(cpu, 0x7c00, assemble(start, 16, 0x7c00).bytes);
  for (let i = 0; i < 6; i++) cpu.setSegment(i, { ...cpu.segment(i), selector: 0, base: 0 });
  cpu.updateMode();
  cpu.state.eip = 0x7c00;
  return { cpu, faults };
}

/** From what INT 80h pushed, above EAX and DS. */
const FRAME = { eip: 8, cs: 12, flags: 16, esp: 20, ss: 24 } as const;
const image = (bits: number): string => `or dword [esp+${FRAME.flags}],${bits}`;
const CODE = GDT + S.code;
const DATA = GDT + S.data;
const GATE = IDT + 0x80 * 8;

const BOTH_STACKS = `mov eax,${S.userOther};mov ds,ax;mov ss,ax;mov eax,${S.userData};mov ss,ax`;
const BY_TURNS = `mov eax,${S.userBased};mov ds,ax;mov ecx,[0x708];mov eax,${S.userData};mov ds,ax;mov edx,[0x708]`;
const ENTER_8086 = 'push 0;push 0;push 0;push 0;push 0x300;push 0x800;push 0x20002;push 0x300;push 0;iret';

const changes: readonly (readonly [name: string, change: string, user?: string])[] = [
  ['nothing', 'nop'],
  ['the gate is gone', `and byte [${GATE + 5}],0x7f`],
  ['the gate is closed to programs', `and byte [${GATE + 5}],0x9f`],
  ['the gate leads elsewhere', `add word [${GATE}],0x1000`],
  ['the gate lets interrupts through', `or byte [${GATE + 5}],1`],
  ['the gate is 16 bits wide', `and byte [${GATE + 5}],0xf7`],
  ['another exception leads elsewhere', `mov word [${IDT + 6 * 8}],0x1000`],
  ['the kernel’s code segment is gone', `and byte [${CODE + 5}],0x7f`],
  ['it has a limit', `and byte [${CODE + 6}],0xf0`],
  ['it has not been accessed', `and byte [${CODE + 5}],0xfe`],
  ['it conforms', `or byte [${CODE + 5}],4`],
  ['it is 16 bits wide', `and byte [${CODE + 6}],0xbf`],
  ['it has a base', `mov byte [${CODE + 2}],0`, 'nop'],
  ['the kernel’s stack is elsewhere', `sub dword [${TSS + 4}],64`],
  ['its stack has no segment', `mov dword [${TSS + 8}],0`],
  ['its stack is a program’s', `mov dword [${TSS + 8}],${S.userData}`],
  ['its stack segment is read-only', `and byte [${DATA + 5}],0xfd`],
  ['its stack segment expands down', `or byte [${DATA + 5}],4`],
  ['its stack segment has a limit', `mov byte [${DATA + 6}],0x40`],
  ['the program’s code segment is gone', `and byte [${GDT + 0x18 + 5}],0x7f`],
  ['the program’s code segment is the kernel’s', `and byte [${GDT + 0x18 + 5}],0x9f`],
  ['the program’s code segment has a base', `mov byte [${GDT + 0x18 + 4}],0x10`],
  ['the program’s data segment is gone', `and byte [${GDT + 0x20 + 5}],0x7f`],
  ['the program’s data segment has a base', `mov byte [${GDT + 0x20 + 2}],0x10`],
  ['the program’s data segment is the kernel’s', `and byte [${GDT + 0x20 + 5}],0x9f`],
  ['the program’s data segment is read-only', `and byte [${GDT + 0x20 + 5}],0xfd`],
  ['a segment for its stack is read-only', `and byte [${GDT + 0x38 + 5}],0xfd`, BOTH_STACKS],
  ['INT with the vector of an exception', 'nop', 'int 6'],
  ['divisions by zero', 'nop', 'mov ecx,0;div ecx'],
  ['a stack of another RPL', 'nop', 'mov eax,0x38;mov ds,ax;mov ss,ax'],
  ['segments with a base and without by turns', 'nop', BY_TURNS],
  ['a segment of another RPL', 'nop', 'mov eax,0x20;mov es,ax'],
  ['another GDT', `mov dword [0x502],${OTHER_GDT};lgdt [0x500]`],
  ['another IDT', `mov dword [0x50a],${OTHER_IDT};lidt [0x508]`],
  ['a shorter GDT', 'mov word [0x500],0x1f;lgdt [0x500]'],
  ['a GDT without the program', 'mov word [0x500],0x17;lgdt [0x500]'],
  ['a shorter IDT', 'mov word [0x508],0x3ff;lidt [0x508]'],
  ['another task register', `mov eax,${S.other};ltr ax`],
  ['interrupts for the program', image(0x200)],
  ['input and output for the program', image(0x3000), 'cli;nop'],
  ['single steps for the program', image(0x100)],
  ['a resume flag', image(0x10000)],
  ['alignment checks', `mov eax,cr0;or eax,0x40000;mov cr0,eax;${image(0x40000)}`, 'mov ecx,[0x30001]'],
  ['virtual-8086 mode', image(0x20000)],
  ['a program in virtual-8086 mode', ENTER_8086, BY_TURNS],
  ['a nested task', 'pushf;or dword [esp],0x4000;popf'],
  ['arithmetic flags', image(0x8d5), 'pushf;pop ecx'],
  ['the direction flag', image(0x400), 'pushf;pop ecx'],
  ['a return to the kernel', `mov dword [esp+${FRAME.cs}],${S.code};mov dword [esp+${FRAME.eip}],${KERNEL + 0x1000}`],
  ['a return to no segment', `mov dword [esp+${FRAME.cs}],3`],
  ['a return to another stack', `mov dword [esp+${FRAME.ss}],${S.data}`],
  ['a return to a stack in the middle of nowhere', `mov dword [esp+${FRAME.esp}],0x2a801`],
  ['a segment of the kernel left in FS', `mov eax,${S.data};mov fs,ax`],
  ['an instruction breakpoint', `mov eax,${USER + 5};mov dr0,eax;mov eax,0x401;mov dr7,eax`],
  ['a breakpoint on the kernel’s stack', `mov eax,${STACK + 0x1000};mov dr0,eax;mov eax,0xd0401;mov dr7,eax`],
  ['paging off', 'mov eax,cr0;and eax,0x7fffffff;mov cr0,eax'],
  [
    'the kernel’s stack is not mapped',
    `and byte [${TABLE + ((STACK + 0x1000) >> 12) * 4}],0xfe;mov eax,cr3;mov cr3,eax`,
  ],
  ['it is read-only', `and byte [${TABLE + ((STACK + 0x1000) >> 12) * 4}],0xfd;invlpg [${STACK + 0x1000}]`],
  ['its lower page is elsewhere', `mov dword [${TABLE + (STACK >> 12) * 4}],0x52007;invlpg [${STACK}]`],
  ['the IDT is elsewhere', `mov dword [${TABLE + 4}],0x53007;mov eax,cr3;mov cr3,eax`],
  ['write protection off', 'mov eax,cr0;and eax,0xfffeffff;mov cr0,eax'],
];

const engines: readonly (readonly [string, MakeEngine])[] = [
  ['interpreter', wasmEngine],
  ['eager JIT', eagerJitEngine],
];

describe.each([
  ['unpaged', false],
  ['paged', true],
])('%s', (_mode, paging) => {
  it.each(changes.map(([name, change, user = '']) => [name, change, user] as const))('%s', (_name, change, user) => {
    for (const [name, engine] of share([engines[paging ? 1 : 0]!], engines)) {
      const noting = boot(engine, change, paging, user);
      const plain = boot(oracleEngine, change, paging, user);
      for (let slice = 0; slice < ROUNDS; slice++) {
        // An interrupt in some slices, late in others.
        for (const { cpu } of [noting, plain]) cpu.interruptLine = slice % 4 === 3;
        const ends = [noting, plain].map(({ cpu }) => cpu.run(100 + slice));
        const [ours, theirs] = [noting, plain].map(({ cpu }) => architecture(cpu));
        expect({ name, ...ours, end: ends[0] }).toEqual({ name, ...theirs, end: ends[1] });
        if (ends[0] === 'triple-fault') break;
      }
      expect(noting.faults).toEqual(plain.faults);
      expect(Buffer.compare(noting.cpu.physical.bytes, plain.cpu.physical.bytes)).toBe(0);
    }
  });
});

it('what repeats is done from notes', () => {
  const { cpu } = boot(wasmEngine, 'nop', true, '');
  cpu.run(3000);
  const before = cpu.physical.read(COUNTER, 4);
  const reads = { count: 0 };
  const read = cpu.linear.plain.bind(cpu.linear);
  cpu.linear.plain = (...args) => {
    reads.count++;
    return read(...args);
  };
  cpu.run(3000);
  // The last instructions of a run are taken one by one, and an IRET that sets RF is done in full there.
  expect([cpu.physical.read(COUNTER, 4) - before > 100, reads.count < 20]).toEqual([true, true]);
});
