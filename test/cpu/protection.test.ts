/** Segments and privilege in protected mode: limits, rights, stack switches through the TSS, gates, returns. SDM vol. 3, chapters 3, 5 and 6. */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/cpu/bus.ts';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { makeCpu, poke, pokeWords } from './rig.ts';

const [GDT, IDT, TSS, CODE, USER_CODE] = [0x800, 0x1000, 0x600, 0x20000, 0x28000];

/** An 8-byte descriptor. `access` as bits 8-15 of the second word, `flags` as bits 20-23. */
const descriptor = (base: number, limit: number, access: number, flags: number): [number, number] => [
  ((base & 0xffff) << 16) | (limit & 0xffff),
  (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff),
];
const gate = (selector: number, offset: number, access: number): [number, number] => [
  (selector << 16) | (offset & 0xffff),
  (offset & 0xffff0000) | (access << 8),
];

/** Selectors of the table below. */
const S = {
  code: 0x08,
  data: 0x10,
  userCode: 0x1b,
  userData: 0x23,
  tss: 0x28,
  small: 0x30,
  down: 0x38,
  readOnly: 0x40,
  executeOnly: 0x48,
  absent: 0x50,
  conforming: 0x58,
  callGate: 0x63,
  small16: 0x68,
  ldt: 0x70,
  userDown: 0x7b,
} as const;

const Table = [
  [0, 0],
  descriptor(0, 0xfffff, 0x9b, 0xc),
  descriptor(0, 0xfffff, 0x93, 0xc),
  descriptor(0, 0xfffff, 0xfb, 0xc),
  descriptor(0, 0xfffff, 0xf3, 0xc),
  descriptor(TSS, 0x67, 0x89, 0),
  descriptor(0x40000, 0x0fff, 0x93, 0x4),
  descriptor(0x40000, 0x0fff, 0x97, 0x4),
  descriptor(0x40000, 0x0fff, 0x91, 0x4),
  descriptor(0, 0xfffff, 0x99, 0xc),
  descriptor(0, 0xfffff, 0x13, 0xc),
  descriptor(0, 0xfffff, 0x9f, 0xc),
  gate(S.code, 0x24000, 0xec),
  descriptor(0x40000, 0x0fff, 0x97, 0),
  descriptor(0x48000, 0x07, 0x82, 0),
  descriptor(0x40000, 0x0fff, 0xf7, 0x4),
];

interface Start {
  readonly code: string;
  readonly cpl?: 0 | 3;
  readonly engine?: typeof wasmEngine;
  readonly handlers?: Readonly<Record<number, string>>;
}

/** Enters through real code: LGDT, LTR, far jump, and for CPL 3 an IRET, so that nothing is set by hand. */
function boot({ code, cpl = 0, engine = wasmEngine, handlers = {} }: Start): { cpu: Cpu; faults: Fault[] } {
  const faults: Fault[] = [];
  const cpu: Cpu = makeCpu({ engine, bus: { observeException: fault => faults.push(fault) } });
  pokeWords(cpu, GDT, Table.flat());
  pokeWords(cpu, 0x500, [(Table.length * 8 - 1) | ((GDT & 0xffff) << 16), GDT >>> 16]);
  pokeWords(cpu, 0x508, [0x7ff | ((IDT & 0xffff) << 16), IDT >>> 16]);
  pokeWords(cpu, TSS, [0, 0x7f000, S.data]);
  // I/O map base beyond the limit: no map.
  pokeWords(cpu, TSS + 0x64, [0x680000]);
  let at = 0x24000;
  for (const [vector, source] of Object.entries({
    13: 'hlt',
    12: 'hlt',
    11: 'hlt',
    10: 'hlt',
    6: 'hlt',
    ...handlers,
  })) {
    const { bytes } = assemble(source, 32, at);
    poke(cpu, at, bytes);
    pokeWords(cpu, IDT + Number(vector) * 8, gate(S.code, at, Number(vector) >= 0x80 ? 0xee : 0x8e));
    at += 0x100;
  }
  const enter =
    cpl === 3 ? `push ${S.userData};push 0x60000;pushf;push ${S.userCode};push ${USER_CODE};iret` : `jmp ${CODE}`;
  const setUp = `mov ax,${S.data};mov ds,ax;mov es,ax;mov ss,ax;mov esp,0x70000;mov ax,${S.tss};ltr ax;${cpl === 3 ? `mov ax,${S.userData};mov ds,ax;mov es,ax;` : ''}${enter}`;
  poke(cpu, 0x9000, assemble(setUp, 32, 0x9000).bytes);
  poke(
    cpu,
    0x7c00,
    assemble(`lgdt [0x500];lidt [0x508];mov eax,cr0;or al,1;mov cr0,eax;jmp ${S.code}:0x9000`, 16, 0x7c00).bytes,
  );
  poke(cpu, cpl === 3 ? USER_CODE : CODE, assemble(code, 32, cpl === 3 ? USER_CODE : CODE).bytes);
  for (let i = 0; i < 6; i++) cpu.setSegment(i, { ...cpu.segment(i), selector: 0, base: 0 });
  cpu.updateMode();
  cpu.state.eip = 0x7c00;
  return { cpu, faults };
}

const [GP, SS, NP, TS, UD] = [13, 12, 11, 10, 6];

describe.each([
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
] as const)('what is refused: %s', (_, engine) => {
  it.each([
    ['a read at the limit', 0, `mov ax,${S.small};mov ds,ax;mov al,[0xfff]`, undefined],
    ['a read beyond the limit', 0, `mov ax,${S.small};mov ds,ax;mov al,[0x1000]`, [GP, 0]],
    ['a read that begins inside and ends beyond', 0, `mov ax,${S.small};mov ds,ax;mov eax,[0xffd]`, [GP, 0]],
    ['expand-down: below the limit', 0, `mov ax,${S.down};mov ds,ax;mov al,[0xfff]`, [GP, 0]],
    ['expand-down: above the limit', 0, `mov ax,${S.down};mov ds,ax;mov al,[0x1000]`, undefined],
    ['expand-down, 16-bit: above FFFFh', 0, `mov ax,${S.small16};mov ds,ax;mov al,[0x10000]`, [GP, 0]],
    ['a write to a read-only segment', 0, `mov ax,${S.readOnly};mov ds,ax;mov [0],al`, [GP, 0]],
    ['a read-modify-write of it', 0, `mov ax,${S.readOnly};mov ds,ax;inc byte [0]`, [GP, 0]],
    ['a write through CS', 0, 'mov cs:[0x30000],al', [GP, 0]],
    ['a read through CS', 0, 'mov al,cs:[0x30000]', undefined],
    ['an execute-only segment as data', 0, `mov ax,${S.executeOnly};mov ds,ax`, [GP, S.executeOnly]],
    ['a segment that is not present', 0, `mov ax,${S.absent};mov ds,ax`, [NP, S.absent]],
    ['the same for SS', 0, `mov ax,${S.absent};mov ss,ax`, [SS, S.absent]],
    ['a null selector in DS', 0, 'mov ax,3;mov ds,ax', undefined],
    ['its use', 0, 'mov ax,3;mov ds,ax;mov al,[0]', [GP, 0]],
    ['a null selector in SS', 0, 'mov ax,0;mov ss,ax', [GP, 0]],
    ['a selector beyond the GDT', 0, 'mov ax,0x1000;mov ds,ax', [GP, 0x1000]],
    ['a selector in the LDT without LDT', 0, 'mov ax,4;mov ds,ax', [GP, 4]],
    ['a push below an expand-up stack', 0, `mov ax,${S.small};mov ss,ax;mov esp,2;push eax`, [SS, 0]],
    ['a jump beyond the limit of CS by a 16-bit stack of data', 0, `jmp ${S.data}:0`, [GP, S.data]],
    ['a far jump to a more privileged segment', 3, `jmp ${S.code}:0x20000`, [GP, S.code]],
    ['supervisor data from CPL 3', 3, `mov ax,${S.data};mov ds,ax`, [GP, S.data]],
    ['CLI at CPL 3', 3, 'cli', [GP, 0]],
    ['HLT at CPL 3', 3, 'hlt', [GP, 0]],
    ['MOV CR0 at CPL 3', 3, 'mov eax,cr0', [GP, 0]],
    ['LGDT at CPL 3', 3, 'lgdt [0x500]', [GP, 0]],
    ['INVLPG at CPL 3', 3, 'invlpg [0]', [GP, 0]],
    ['OUT at CPL 3 with IOPL 0 and no I/O map', 3, 'out 0x80,al', [GP, 0]],
    ['REP OUTSB of nothing, with no permission', 3, 'xor ecx,ecx;rep outsb', [GP, 0]],
    ['REP INSB of nothing, with no permission', 3, 'xor ecx,ecx;rep insb', [GP, 0]],
    ['INT through a gate of DPL 0', 3, 'int 13', [GP, 13 * 8 + 2]],
    ['INT through an IDT entry that is no gate', 3, 'int 0x90', [GP, 0x90 * 8 + 2]],
    ['LOCK on a register', 0, 'db 0xf0,0x40', [UD, undefined]],
    ['LOCK on what cannot be locked', 0, 'db 0xf0,0x8b,0', [UD, undefined]],
    ['an opcode that is none', 0, 'db 0x0f,0xff', [UD, undefined]],
    ['MOV to CS', 0, 'db 0x8e,0xc8', [UD, undefined]],
    ['PG without PE', 0, 'mov eax,0x80000000;mov cr0,eax', [GP, 0]],
    ['16 bytes of prefixes', 0, `db ${new Array(15).fill('0x66').join()},0x90`, [GP, 0]],
  ] as const)('%s', (_name, cpl, code, wanted) => {
    // HLT is refused at CPL 3 itself, so user code ends in a loop there.
    const { cpu, faults } = boot({ code: `${code};${cpl === 3 ? 'end:;jmp end' : 'hlt'}`, cpl, engine });
    cpu.run(200);
    const missing = wanted === undefined ? undefined : { vector: wanted[0], errorCode: wanted[1] };
    expect(faults[0]).toEqual(missing);
  });
});

describe('changes of privilege', () => {
  it('INT from CPL 3: the stack of the TSS, the frame, and back', () => {
    const { cpu, faults } = boot({
      cpl: 3,
      code: 'mov eax,7;int 0x80;end:;jmp end',
      handlers: { 128: 'mov ebx,[esp];mov ecx,[esp+12];mov edx,[esp+16];inc eax;iret' },
    });
    cpu.run(100);
    expect(faults).toEqual([]);
    const { state } = cpu;
    expect([state.eax, state.ebx, state.ecx, state.edx]).toEqual([8, USER_CODE + 7, 0x60000, S.userData]);
    expect([state.cpl, state.esp, cpu.segment(1).selector, cpu.segment(2).selector]).toEqual([
      3,
      0x60000,
      S.userCode,
      S.userData,
    ]);
  });

  it('a fault at CPL 3 pushes the error code on the ring 0 stack', () => {
    const { cpu } = boot({ cpl: 3, code: `mov ax,${S.data};mov ds,ax` });
    expect(cpu.run(100)).toBe('halt');
    const frame = [0, 4, 8, 12, 16, 20].map(at => cpu.physical.read(0x7f000 - 24 + at, 4));
    // A fault's FLAGS image has RF set; the arithmetic flags are left over.
    frame[3]! &= ~0x8d5;
    expect(frame).toEqual([S.data, USER_CODE + 4, S.userCode, 0x10002, 0x60000, S.userData]);
  });

  it('a call gate from CPL 3 and a far return', () => {
    const { cpu, faults } = boot({ cpl: 3, code: `call ${S.callGate}:0;mov ebx,5;end:;jmp end` });
    poke(cpu, 0x24000, assemble('mov ecx,[esp+4];mov dx,cs;retf', 32, 0x24000).bytes);
    cpu.run(100);
    expect(faults).toEqual([]);
    expect([cpu.state.ecx, cpu.state.edx & 0xffff, cpu.state.ebx, cpu.state.cpl]).toEqual([S.userCode, S.code, 5, 3]);
  });

  it('IRET to CPL 3 takes data segments of ring 0 away', () => {
    const { cpu } = boot({
      cpl: 3,
      code: 'int 0x80;end:;jmp end',
      handlers: { 128: `mov ax,${S.data};mov fs,ax;mov es,ax;iret` },
    });
    cpu.run(100);
    expect([cpu.segment(0).selector, cpu.segment(4).selector, cpu.segment(3).selector]).toEqual([0, 0, S.userData]);
  });

  it('no stack in the TSS: #TS with the selector', () => {
    const { cpu, faults } = boot({ cpl: 3, code: 'int 0x80', handlers: { 128: 'hlt' } });
    pokeWords(cpu, TSS + 8, [S.absent]);
    cpu.run(100);
    expect(faults[0]).toEqual({ vector: SS, errorCode: S.absent });
    pokeWords(cpu, TSS + 8, [0]);
    const second = boot({ cpl: 3, code: 'int 0x80', handlers: { 128: 'hlt' } });
    pokeWords(second.cpu, TSS + 8, [0]);
    second.cpu.run(100);
    expect(second.faults[0]).toEqual({ vector: TS, errorCode: 0 });
  });

  it('a conforming segment keeps the CPL', () => {
    const { cpu, faults } = boot({ cpl: 3, code: `jmp ${S.conforming + 3}:0x25000` });
    poke(cpu, 0x25000, assemble('mov ax,cs;end:;jmp end', 32, 0x25000).bytes);
    cpu.run(100);
    expect(faults).toEqual([]);
    expect([cpu.state.eax & 0xffff, cpu.state.cpl]).toEqual([S.conforming + 3, 3]);
  });

  it('the LDT', () => {
    const { cpu, faults } = boot({ code: `mov ax,${S.ldt};lldt ax;mov ax,4;mov ds,ax;mov al,[2];hlt` });
    pokeWords(cpu, 0x48000, descriptor(0x4a000, 0xff, 0x93, 0x4));
    poke(cpu, 0x4a000, [1, 2, 3]);
    expect(cpu.run(100)).toBe('halt');
    expect([faults, cpu.state.eax & 0xff]).toEqual([[], 3]);
  });
});

describe('exceptions', () => {
  it.each([
    ['divide by zero', 'mov ecx,0;div ecx', 0],
    ['a quotient that does not fit', 'mov edx,5;mov ecx,5;div ecx', 0],
    ['-2^63 / -1', 'mov edx,0x80000000;mov eax,0;mov ecx,-1;idiv ecx', 0],
    ['AAM 0', 'aam 0', 0],
    ['INT3', 'int3', 3],
    ['INTO with OF', 'mov al,0x7f;inc al;into', 4],
    ['BOUND', 'mov eax,9;bound eax,[0x30000]', 5],
    ['UD2', 'ud2', 6],
    ['an FPU instruction with CR0.TS', 'mov eax,cr0;or al,8;mov cr0,eax;db 0xd9,0xe8', 7],
  ])('%s is vector %d', (_, code, vector) => {
    const { cpu, faults } = boot({ code, handlers: { [vector]: 'hlt' } });
    expect(cpu.run(100)).toBe('halt');
    // A trap by INT3 or INTO is software's own; what the processor finds itself is observed.
    const seen = vector === 3 || vector === 4 ? cpu.state.eip : faults[0]?.vector;
    expect(seen).toBe(vector === 3 || vector === 4 ? 0x24001 : vector);
  });

  it('a fault in delivering a page fault is #DF, with error code 0', () => {
    const { cpu, faults } = boot({ code: 'ud2', handlers: { 8: 'hlt' } });
    pokeWords(cpu, IDT + 6 * 8, [0, 0]);
    pokeWords(cpu, IDT + 13 * 8, [0, 0]);
    pokeWords(cpu, IDT + 11 * 8, [0, 0]);
    expect(cpu.run(100)).toBe('halt');
    expect(faults.at(-1)).toEqual({ vector: 8, errorCode: 0 });
  });
});

describe('back to real mode', () => {
  it('CS loaded by a far jump is writable, whatever the code segment of before', () => {
    const { cpu, faults } = boot({ code: `jmp ${S.code}:0x9800` });
    // Through a 16-bit code segment, as the manual asks.
    pokeWords(cpu, GDT + S.absent, descriptor(0, 0xffff, 0x9f, 0));
    poke(cpu, 0x9800, assemble(`jmp ${S.absent}:0x9900`, 32, 0x9800).bytes);
    poke(cpu, 0x9900, assemble('mov eax,cr0;and al,0xfe;mov cr0,eax;jmp 0:0x9a00', 16, 0x9900).bytes);
    poke(cpu, 0x9a00, assemble('mov cs:[0x9b00],sp;mov ax,0;mov ds,ax;mov bx,[0x9b00];hlt', 16, 0x9a00).bytes);
    expect(cpu.run(100)).toBe('halt');
    expect([faults, cpu.state.ebx & 0xffff]).toEqual([[], cpu.state.esp & 0xffff]);
  });
});
