/**
 * Debugging facilities: breakpoints of the debug registers, single-step, general detect, INT1, RF, the shadow of MOV SS, NMI. SDM vol. 3, chapter 17 and 6.7.
 * A row is a program, the debug registers, and the debug exceptions it meets: where EIP is, and which bits of DR6 are set, in words.
 */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { eagerJitEngine } from '../../src/jit/jit.ts';
import { enablePaging, enterProtected, makeCpu, poke, pokeWords } from './rig.ts';

const [GDT, IDT, CODE, HANDLER, DATA, STACK] = [0x800, 0x1000, 0x20000, 0x24000, 0x40000, 0x50000];
const NAMES: Readonly<Record<number, string>> = { 0: 'B0', 1: 'B1', 2: 'B2', 3: 'B3', 13: 'BD', 14: 'BS', 15: 'BT' };

/** Handlers forget what DR6 says, so that each exception shows its own; AX and CX stay. To go past an instruction breakpoint they set RF. */
const FORGET = 'push eax;mov eax,0;mov dr6,eax;pop eax;iretd';
const PASS = `push eax;mov eax,dr6;test al,1;jz others;or dword [esp+12],0x10000;others:;mov eax,0;mov dr6,eax;pop eax;iretd`;

interface Setup {
  readonly dr?: readonly number[];
  readonly dr7?: number;
  readonly flags?: number;
  readonly cr4?: number;
  readonly handler?: string;
  readonly cpl?: number;
}

/** Runs until HLT; what was met, as `place: bits of DR6`. */
function run(code: string, setup: Setup, engine = wasmEngine): { events: string[]; cpu: Cpu } {
  const events: string[] = [];
  const assembled = assemble(`${code}\nhlt`, 32, CODE);
  const place = (eip: number): string => {
    const label = Object.entries(assembled.labels).find(([, at]) => at === eip);
    return label?.[0] ?? `0x${eip.toString(16)}`;
  };
  const cpu: Cpu = makeCpu({
    engine,
    bus: {
      observeException: ({ vector }) => {
        const bits = Object.entries(NAMES).flatMap(([bit, name]) => ((cpu.state.dr6 >> Number(bit)) & 1 ? [name] : []));
        events.push(`${vector === 1 ? '' : `#${vector} `}${place(cpu.state.eip)}: ${bits.join(' ')}`);
      },
      // What is read of port 80h and on.
      readPort: port => port,
    },
  });
  const gate = (offset: number, access: number) => [
    (8 << 16) | (offset & 0xffff),
    (offset & 0xffff0000) | (access << 8),
  ];
  pokeWords(cpu, GDT, [0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300, 0xffff, 0xcffb00, 0xffff, 0xcff300]);
  for (let vector = 0; vector < 64; vector++) pokeWords(cpu, IDT + vector * 8, gate(HANDLER + 0x800, 0x8e));
  const executes = (setup.dr7 ?? 0) % 4 !== 0 && (((setup.dr7 ?? 0) >>> 16) & 3) === EXECUTE;
  poke(cpu, HANDLER, assemble(setup.handler ?? (executes ? PASS : FORGET), 32, HANDLER).bytes);
  pokeWords(cpu, IDT + 8, gate(HANDLER, 0x8e));
  poke(cpu, HANDLER + 0x800, assemble('hlt', 32).bytes);
  poke(cpu, HANDLER + 0x900, assemble('inc ebx;iretd', 32).bytes);
  pokeWords(cpu, IDT + 0x20 * 8, gate(HANDLER + 0x900, 0xee));
  pokeWords(cpu, IDT + 2 * 8, gate(HANDLER + 0x900, 0x8e));
  poke(cpu, CODE, assembled.bytes);
  enterProtected(cpu, {});
  Object.assign(cpu.state, { gdtBase: GDT, gdtLimit: 0x27, idtBase: IDT, idtLimit: 0x1ff, eip: CODE, esp: STACK });
  Object.assign(cpu.state, {
    edx: 0,
    esi: DATA,
    edi: DATA + 0x100,
    cr4: setup.cr4 ?? 0,
    dr7: (setup.dr7 ?? 0) | 0x400,
  });
  (setup.dr ?? []).forEach((value, i) => {
    cpu.state[`dr${i as 0 | 1 | 2 | 3}`] = typeof value === 'number' ? value : 0;
  });
  cpu.eflags = setup.flags ?? 0;
  cpu.breakpoints.update(cpu);
  cpu.run(5000);
  return { events, cpu };
}

const at = (code: string, label: string): number => assemble(`${code}\nhlt`, 32, CODE).labels[label]!;
/** Enables breakpoint 0: R/W and LEN as DR7 has them. */
const enable = (rw: number, length: number): number => 1 | (rw << 16) | ((length - 1) << 18);
const [EXECUTE, WRITE, IO, ACCESS] = [0, 1, 2, 3];

const engines = [
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
  ['eager JIT', eagerJitEngine],
] as const;

describe.each(engines)('%s', (_, engine) => {
  const LOOP = 'mov ecx,3;again:;inc eax;here:;inc edx;loop again;done:';

  it.each([
    [
      'an execution breakpoint is met before the instruction, each time',
      LOOP,
      'here',
      ['here: B0', 'here: B0', 'here: B0'],
      3,
    ],
    ['a repeated instruction is met once', 'mov ecx,4;cld;here:;rep stosd', 'here', ['here: B0'], 0],
    ['MOV SS holds a breakpoint on the next instruction off', 'mov ax,ss;mov ss,ax;here:;inc edx', 'here', [], 1],
    ['STI does not', 'sti;here:;cli;inc edx', 'here', ['here: B0'], 1],
  ])('%s', (_name, code, label, wanted, edx) => {
    const { events, cpu } = run(code, { dr: [at(code, label)], dr7: enable(EXECUTE, 1) }, engine);
    expect({ events, edx: cpu.state.edx & 0xff }).toEqual({ events: wanted, edx });
  });

  const MISSED: string[] = [];
  it.each([
    ['a write is trapped after the instruction', 'mov dword [0x40000],1;here:;nop', DATA, WRITE, 4, ['here: B0']],
    ['a write does not match a read', 'mov eax,[0x40000];here:;nop', DATA, WRITE, 4, MISSED],
    ['a read matches read-or-write', 'mov eax,[0x40000];here:;nop', DATA, ACCESS, 4, ['here: B0']],
    ['a write matches read-or-write', 'mov [0x40000],eax;here:;nop', DATA, ACCESS, 4, ['here: B0']],
    ['a byte beside it does not', 'mov byte [0x40004],1;mov byte [0x3ffff],1;here:;nop', DATA, ACCESS, 4, MISSED],
    ['a wide access that ends in it does', 'mov dword [0x3fffd],1;here:;nop', DATA, WRITE, 1, ['here: B0']],
    ['the address is aligned to the length', 'mov byte [0x40003],1;here:;nop', DATA + 2, WRITE, 2, ['here: B0']],
    ['a push', 'push eax;here:;pop eax;there:', STACK - 4, WRITE, 4, ['here: B0']],
    ['a call is trapped where it arrives', 'call there;nop;there:;nop', STACK - 4, WRITE, 4, ['there: B0']],
    ['ENTER with levels, a service', 'mov ebp,0x40080;enter 0,2;here:;nop', DATA + 0x7c, ACCESS, 4, ['here: B0']],
    ['read, then write of one instruction', 'add dword [0x40000],1;here:;nop', DATA, WRITE, 4, ['here: B0']],
    ['a compare does not write', 'cmp dword [0x40000],1;here:;nop', DATA, WRITE, 4, MISSED],
    [
      'a store in a loop, each time',
      'mov ecx,3;again:;mov [0x40000],ecx;here:;loop again',
      DATA,
      WRITE,
      4,
      ['here: B0', 'here: B0', 'here: B0'],
    ],
    [
      'REP is trapped after the iteration',
      'mov edi,0x40000;mov ecx,4;cld;here:;rep stosd;there:;nop',
      DATA + 4,
      WRITE,
      4,
      ['here: B0'],
    ],
    [
      'REP: after its last iteration EIP is beyond',
      'mov edi,0x40000;mov ecx,4;cld;here:;rep stosd;there:;nop',
      DATA + 12,
      WRITE,
      4,
      ['there: B0'],
    ],
    [
      'MOV SS with a watched operand: the trap waits for the next instruction',
      'mov word [0x40010],0x10;mov ss,[0x40010];nop;here:;nop',
      DATA + 0x10,
      ACCESS,
      1,
      ['0x20009: B0', 'here: B0'],
    ],
  ])('data breakpoints: %s', (_name, code, address, rw, length, wanted) => {
    const dr7 = enable(rw as number, length as number);
    const { events } = run(code as string, { dr: [address as number], dr7 }, engine);
    expect(events).toEqual(wanted);
  });

  it.each([
    ['IN', 'in al,0x80;here:;nop', 8, ['here: B0']],
    ['OUT to the second of two ports', 'mov dx,0x7f;out dx,ax;here:;nop', 8, ['here: B0']],
    ['another port', 'in al,0x81;here:;nop', 8, MISSED],
    ['REP OUTSB', 'mov dx,0x80;mov ecx,2;cld;here:;rep outsb;there:;nop', 8, ['here: B0', 'there: B0']],
    ['not without CR4.DE', 'in al,0x80;here:;nop', 0, MISSED],
  ])('I/O breakpoints: %s', (_name, code, cr4, wanted) => {
    expect(run(code, { dr: [0x80], dr7: enable(IO, 1), cr4 }, engine).events).toEqual(wanted);
  });

  const stepHandler = FORGET;
  const STEP = 'pushfd;or dword [esp],0x100;popfd;a:;nop;b:;';
  const STOP = 'pushfd;c:;and dword [esp],0xfffffeff;d:;popfd;e:;nop';
  it.each([
    ['after POPF sets TF, the next instruction traps first', `${STEP}${STOP}`, ['b: BS', 'c: BS', 'd: BS', 'e: BS']],
    [
      'not after MOV SS, but after the next',
      `${STEP}mov ax,ss;x:;mov ss,ax;y:;nop;z:;${STOP}`,
      ['b: BS', 'x: BS', 'z: BS', 'c: BS', 'd: BS', 'e: BS'],
    ],
    ['INT n takes no trap in its handler', `${STEP}int 0x20;x:;${STOP}`, ['b: BS', 'c: BS', 'd: BS', 'e: BS']],
    [
      'REP traps after each iteration',
      `mov ecx,2;cld;${STEP}x:;rep stosb;y:;${STOP}`,
      ['x: BS', 'x: BS', 'y: BS', 'c: BS', 'd: BS', 'e: BS'],
    ],
  ])('single-step: %s', (_name, code, wanted) => {
    const { events } = run(code, { handler: stepHandler }, engine);
    // Two labels may share an address: b is x where nothing lies between.
    const { labels } = assemble(`${code}\nhlt`, 32, CODE);
    const canonical = (event: string) => event.replace(/^\w+/, label => `0x${(labels[label] ?? label).toString(16)}`);
    expect(events.map(canonical)).toEqual(wanted.map(canonical));
  });

  it('branch trap: with DEBUGCTL.BTF a step is a branch', () => {
    const arm = 'mov ecx,0x1d9;mov eax,2;xor edx,edx;wrmsr;';
    const { events } = run(`${arm}${STEP}nop;nop;jmp x;nop;x:;nop;hlt`, { handler: 'hlt' }, engine);
    expect(events).toEqual(['x: BS']);
  });

  it('a data breakpoint and a step are one exception', () => {
    const { events } = run(
      `${STEP}mov [0x40000],eax;x:;nop;hlt`,
      {
        dr: [DATA],
        dr7: enable(WRITE, 4),
        handler: 'inc ebx;cmp ebx,2;jz 0x24010;iretd',
      },
      engine,
    );
    expect(events[1]).toBe('x: B0 BS');
  });

  it.each([
    ['general detect', 'nop;here:;mov eax,dr0', 0x2000, 0, ['here: BD']],
    ['general detect on DR6', 'here:;mov dr6,eax', 0x2000, 0, ['here: BD']],
    ['DR4 is DR6', 'mov eax,dr4;mov eax,dr5', 0, 0, MISSED],
    ['but undefined with CR4.DE', 'here:;mov eax,dr4', 0, 8, ['#6 here: ']],
  ])('%s', (_name, code, dr7, cr4, wanted) => {
    expect(run(code, { dr7, cr4, handler: 'mov ebp,dr7;hlt' }, engine).events).toEqual(wanted);
  });

  it('the handler of general detect finds GD clear', () => {
    expect(run('mov eax,dr0', { dr7: 0x2000, handler: 'mov ebp,dr7;hlt' }, engine).cpu.state.ebp).toBe(0x400);
  });

  it('IRET with RF goes past a breakpoint once', () => {
    const program = (to: number) =>
      `pushfd;or dword [esp],0x10000;push 8;mov eax,${to};push eax;iretd;nop;there:;inc edx;cmp edx,2;jnz there`;
    const there = at(program(CODE), 'there');
    const { events } = run(program(there), { dr: [there], dr7: enable(EXECUTE, 1) }, engine);
    expect(events).toEqual(['there: B0']);
  });

  it.each([
    ['general detect: a fault', 'mov eax,dr0', { dr7: 0x2000 }, true],
    ['an instruction breakpoint: its handler is to set it', 'nop', { dr: [CODE], dr7: enable(EXECUTE, 1) }, false],
    ['a trap', 'mov [0x40000],eax', { dr: [DATA], dr7: enable(WRITE, 1) }, false],
    [
      'a trap within a repeated instruction',
      'mov ecx,2;rep stosb',
      { dr: [DATA + 0x100], dr7: enable(WRITE, 1) },
      false,
    ],
  ])('RF in the flags saved for %s', (_name, code, setup, wanted) => {
    const { cpu } = run(code, { ...setup, handler: 'mov eax,[esp+8];hlt' }, engine);
    expect((cpu.state.eax & 0x10000) !== 0).toBe(wanted);
  });

  it('INT1 goes to vector 1 whatever the gate says, and leaves DR6', () => {
    const { cpu } = run('int1;nop', { handler: 'mov ebp,dr6;hlt' }, engine);
    expect(cpu.state.ebp >>> 0).toBe(0xffff0ff0);
  });

  it('a breakpoint that is turned off, or on another page, costs no exception', () => {
    expect(run(LOOP, { dr: [at(LOOP, 'here')], dr7: 0 }, engine).events).toEqual([]);
    expect(run(LOOP, { dr: [at(LOOP, 'here') + 0x1000], dr7: enable(EXECUTE, 1) }, engine).events).toEqual([]);
  });
});

describe('NMI', () => {
  function withNmi(code: string, handler: string): { cpu: Cpu } {
    const cpu = makeCpu();
    pokeWords(cpu, GDT, [0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300]);
    pokeWords(cpu, IDT + 16, [(8 << 16) | (HANDLER & 0xffff), (HANDLER & 0xffff0000) | 0x8e00]);
    poke(cpu, CODE, assemble(code, 32, CODE).bytes);
    poke(cpu, HANDLER, assemble(handler, 32, HANDLER).bytes);
    enterProtected(cpu, {});
    Object.assign(cpu.state, { gdtBase: GDT, gdtLimit: 0x17, idtBase: IDT, idtLimit: 0xff, eip: CODE, esp: STACK });
    return { cpu };
  }
  const pulse = (cpu: Cpu): void => {
    cpu.nmiLine = true;
    cpu.nmiLine = false;
  };

  it('needs no IF, and wakes HLT', () => {
    const { cpu } = withNmi('hlt;inc eax;hlt', 'inc ebx;iretd');
    expect(cpu.run(10)).toBe('halt');
    pulse(cpu);
    expect(cpu.run(10)).toBe('halt');
    expect([cpu.state.eax & 0xff, cpu.state.ebx]).toEqual([1, 1]);
  });

  it('is remembered once and blocked until IRET', () => {
    const { cpu } = withNmi('nop;nop;nop;hlt', 'inc ebx;mov ecx,ebx;nop;iretd');
    pulse(cpu);
    cpu.run(2);
    pulse(cpu);
    pulse(cpu);
    cpu.run(2);
    expect(cpu.state.ebx).toBe(1);
    cpu.run(20);
    expect(cpu.state.ebx).toBe(2);
  });

  it('waits for the instruction after MOV SS, not for STI', () => {
    const { cpu } = withNmi('mov ax,ss;mov ss,ax;inc ecx;hlt', 'hlt');
    cpu.run(2);
    pulse(cpu);
    cpu.run(5);
    expect(cpu.state.ecx).toBe(1);
  });

  it('a level that stays is one NMI', () => {
    const { cpu } = withNmi('nop;nop;nop;hlt', 'inc ebx;iretd');
    cpu.nmiLine = true;
    cpu.nmiLine = true;
    cpu.run(20);
    expect(cpu.state.ebx).toBe(1);
  });
});

describe.each(engines)('pages that are looked at: %s', (_, engine) => {
  it('shown one page above where they are in memory, they are what they are', () => {
    const [DIRECTORY, TABLE, FRAME, LINEAR] = [0x1000, 0x2000, 0x60000, 0x61000];
    const cpu = makeCpu({ engine });
    pokeWords(cpu, DIRECTORY, [TABLE | 3]);
    pokeWords(
      cpu,
      TABLE,
      Array.from({ length: 128 }, (_, page) => ((page === LINEAR >>> 12 ? FRAME : page << 12) | 3) >>> 0),
    );
    pokeWords(cpu, FRAME, [1, 2]);
    pokeWords(cpu, 0x70000, [0, 9]);
    const code = `mov eax,[${LINEAR}];mov ecx,[0x70000];mov eax,[${LINEAR + 4}];hlt`;
    poke(cpu, CODE, assemble(code, 32, CODE).bytes);
    enterProtected(cpu, {});
    Object.assign(cpu.state, { eip: CODE, dr0: LINEAR + 0x800, dr7: enable(ACCESS, 4) | 0x400 });
    enablePaging(cpu, DIRECTORY);
    cpu.breakpoints.update(cpu);
    cpu.run(1000);
    expect([cpu.state.eax, cpu.state.ecx]).toEqual([2, 0]);
  });
});
