/** Alignment checks, global and large pages, PAE registers, no-execute beside compiled code, unreal mode, LOCK and the length of instructions. SDM vol. 3. */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { decode } from '../../src/cpu/decoder.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { Rows } from '../../src/isa/opcode-map.ts';
import { eagerJitEngine } from '../../src/jit/jit.ts';
import { enterProtected, makeCpu, poke, pokeWords } from './rig.ts';

const [CODE, STACK] = [0x20000, 0x50000];
const [AM, AC] = [1 << 18, 1 << 18];
const engines = [
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
  ['eager JIT', eagerJitEngine],
] as const;

interface Bench {
  readonly cpu: Cpu;
  readonly faults: string[];
}

function bench(code: string, engine: typeof wasmEngine, cpl = 0, memoryBytes = 1 << 20): Bench {
  const faults: string[] = [];
  const cpu: Cpu = makeCpu({
    engine,
    memoryBytes,
    bus: {
      observeException: ({ vector, errorCode }) => {
        // What follows from a fault that nobody handles is of no interest.
        if (faults.length > 0) return;
        const cr2 = vector === 14 ? ` ${(cpu.state.cr2 >>> 0).toString(16)}` : '';
        faults.push(
          `#${vector}${errorCode === undefined ? '' : `(${errorCode})`}${cr2} at +${(cpu.state.eip >>> 0) - CODE}`,
        );
        cpu.stopRequested = true;
      },
    },
  });
  poke(cpu, CODE, assemble(`${code}\nhlt`, 32, CODE).bytes);
  enterProtected(cpu, { cpl });
  Object.assign(cpu.state, {
    eip: CODE,
    esp: STACK,
    idtLimit: 0,
    ebx: 0x40000,
    ebp: 0x44000,
    esi: 0x40000,
    edi: 0x42000,
  });
  return { cpu, faults };
}

describe.each(engines)('alignment check: %s', (_, engine) => {
  const END = '#13(0)';
  const fault = (code: string, { cpl = 3, am = true, ac = true } = {}): string => {
    const { cpu, faults } = bench(code, engine, cpl);
    if (am) cpu.state.cr0 |= AM;
    cpu.eflags = ac ? AC : 0;
    cpu.updateMode();
    cpu.run(1000);
    return faults[0] ?? 'none';
  };

  it.each([
    ['mov eax,[ebx+2]', true],
    ['mov eax,[ebx+4]', false],
    ['mov ax,[ebx+1]', true],
    ['mov ax,[ebx+2]', false],
    ['mov al,[ebx+1]', false],
    ['mov [ebx+1],eax', true],
    ['add dword [ebx+3],1', true],
    ['cmpxchg8b [ebx+4]', true],
    ['cmpxchg8b [ebx+8]', false],
    ['mov eax,[ebx+0xffe]', true],
    ['bts [ebx+1],eax', true],
    ['xor eax,eax;bound eax,[ebx+2]', true],
    ['mov ecx,1;cld;inc esi;rep outsd', true],
    ['push eax', false],
    ['lea esp,[esp-2];push eax', true],
    ['mov ecx,2;cld;inc esi;rep movsd', true],
    ['mov ecx,2;cld;rep movsd', false],
    ['mov ecx,100;again:;mov eax,[ebx];loop again;mov eax,[ebx+1]', true],
  ])('%s', (code, wanted) => {
    expect(fault(code).startsWith('#17(0)')).toBe(wanted);
    // Never without one of the three conditions.
    const others = [{ am: false }, { ac: false }, { cpl: 0 }].map(missing => fault(code, missing));
    expect(others.map(text => text.split(' ')[0])).toEqual([END, END, 'none']);
  });

  it.each([
    ['mov eax,[0x80001]', '#17(0) at +0'],
    ['mov [0x80ffe],eax', '#17(0) at +0'],
    ['mov eax,[0x80000]', '#14(4) 80000 at +0'],
  ])('comes before the page fault: %s', (code, wanted) => {
    const { cpu, faults } = bench(code, engine, 3);
    pokeWords(cpu, 0x1000, [0x2007]);
    pokeWords(
      cpu,
      0x2000,
      Array.from({ length: 0x80 }, (_v, i) => (i << 12) | 7),
    );
    Object.assign(cpu.state, { cr3: 0x1000 });
    cpu.state.cr0 |= AM | 0x80000000;
    cpu.eflags = AC;
    cpu.flushTlb();
    cpu.run(1);
    expect([faults, cpu.state.cr2]).toEqual([[wanted], wanted.startsWith('#14') ? 0x80000 : 0]);
  });

  it('POPF turns it on and off', () => {
    const on = 'pushfd;or dword [esp],0x40000;popfd;';
    const off = 'pushfd;and dword [esp],0xfffbffff;popfd;';
    expect(fault(`${on}mov eax,[ebx+1]`, { ac: false }).slice(0, 6)).toBe('#17(0)');
    expect(fault(`${off}mov eax,[ebx+1]`).slice(0, 6)).toBe(END);
  });
});

describe.each(engines)('pages: %s', (_, engine) => {
  const [DIRECTORY, TABLE, OTHER] = [0x1000, 0x3000, 0x5000];
  const PAGE = 0x400000;

  function paged(code: string, entry: number, cr4: number): Bench {
    const made = bench(code, engine, 0, 8 << 20);
    const { cpu } = made;
    for (const directory of [DIRECTORY, OTHER]) pokeWords(cpu, directory, [0x87, TABLE | 7]);
    pokeWords(cpu, TABLE, [0x60000 | entry]);
    Object.assign(cpu.state, { cr3: DIRECTORY, cr4: cr4 | 0x10, eax: OTHER });
    cpu.state.cr0 |= 0x80000000;
    cpu.flushTlb();
    return made;
  }

  const REMAP = `mov ecx,[${PAGE}];mov dword [${TABLE}],0x61003;mov cr3,eax;mov edx,[${PAGE}];`;
  it.each([
    ['a global page outlives a load of CR3', 0x103, 0x80, '', 1],
    ['not without CR4.PGE', 0x103, 0, '', 2],
    ['a page that is not global does not', 3, 0x80, '', 2],
    ['INVLPG forgets it', 0x103, 0x80, `invlpg [${PAGE}];`, 2],
    ['clearing CR4.PGE forgets it', 0x103, 0x80, 'mov ecx,0x10;mov cr4,ecx;', 2],
  ])('%s', (_name, entry, cr4, between, wanted) => {
    const code = REMAP.replace('mov edx', `${between}mov edx`);
    const { cpu, faults } = paged(code, entry, cr4);
    pokeWords(cpu, 0x60000, [1]);
    pokeWords(cpu, 0x61000, [2]);
    cpu.run(20);
    expect([faults, cpu.state.edx]).toEqual([[], wanted]);
  });

  it('INVLPG anywhere in a 4 MiB page forgets all of it', () => {
    const { cpu, faults } = paged(
      `mov ecx,[${PAGE}];mov ecx,[${PAGE + 0x5000}];mov dword [${DIRECTORY + 4}],0x400083;invlpg [${PAGE + 0x3f0000}];mov ecx,[${PAGE}];mov edx,[${PAGE + 0x5000}]`,
      3,
      0,
    );
    pokeWords(cpu, DIRECTORY + 4, [0x83]);
    pokeWords(cpu, PAGE, [11]);
    pokeWords(cpu, PAGE + 0x5000, [12]);
    cpu.run(20);
    expect([faults, cpu.state.ecx, cpu.state.edx]).toEqual([[], 11, 12]);
  });

  it('a frame beyond 4 GiB is nothing, not a frame below it', () => {
    const { cpu, faults } = paged(`mov ecx,[${PAGE}];mov dword [${PAGE}],5;mov edx,[${PAGE}]`, 3, 0);
    // PSE-36: bits 13-16 are address bits 32-35.
    pokeWords(cpu, DIRECTORY + 4, [0x2083]);
    cpu.run(20);
    expect([faults, cpu.state.ecx >>> 0, cpu.state.edx >>> 0, cpu.physical.read(0, 4)]).toEqual([
      [],
      0xffffffff,
      0xffffffff,
      0,
    ]);
  });
});

describe.each(engines)('PAE: %s', (_, engine) => {
  const [POINTERS, WIDE, TABLE] = [0x1000, 0x2000, 0x3000];

  it.each([
    ['MOV to CR3 loads them', [WIDE | 1, 0], []],
    ['reserved bits of a present one: #GP(0)', [WIDE | 3, 0], ['#13(0) at +10']],
    ['of one that is not present: nothing', [WIDE | 2, 0], ['#14(0) 2000d at +13']],
    ['address bits above 35: #GP(0)', [WIDE | 1, 16], ['#13(0) at +10']],
  ])('PDPTEs: %s', (_name, pointer, wanted) => {
    const code = `mov edx,${POINTERS};mov ecx,0x20;mov cr3,edx;nop`;
    const { cpu, faults } = bench(code, engine);
    pokeWords(cpu, 0x1800, [WIDE | 1, 0]);
    pokeWords(cpu, POINTERS, pointer);
    pokeWords(cpu, WIDE, [0x87, 0]);
    Object.assign(cpu.state, { cr3: 0x1800, cr4: 0x20, pdpte0: WIDE | 1 });
    cpu.state.cr0 |= 0x80000000;
    cpu.flushTlb();
    cpu.run(5);
    expect(faults).toEqual(wanted);
  });

  it('a page made no-execute faults when code that has been compiled runs there again', () => {
    const BODY = 0x30000;
    const call = `mov ecx,200;again:;push ecx;call ${BODY};pop ecx;loop again;`;
    const { cpu, faults } = bench(
      `${call}mov dword [${TABLE + 0x30 * 8 + 4}],0x80000000;invlpg [${BODY}];mov edx,[${BODY}];call ${BODY}`,
      engine,
    );
    poke(cpu, BODY, assemble('mov esi,50;inner:;inc eax;dec esi;jnz inner;ret', 32, BODY).bytes);
    pokeWords(cpu, POINTERS, [WIDE | 1, 0]);
    pokeWords(cpu, WIDE, [TABLE | 7, 0]);
    pokeWords(cpu, TABLE, Array.from({ length: 256 }, (_v, i) => [(i << 12) | 7, 0]).flat());
    Object.assign(cpu.state, { cr3: POINTERS, cr4: 0x20, efer: 0x800, pdpte0: WIDE | 1, eax: 0 });
    cpu.state.cr0 |= 0x80000000;
    cpu.flushTlb();
    cpu.run(100_000);
    expect([faults, cpu.state.eax]).toEqual([[`#14(17) ${BODY.toString(16)} at +${BODY - CODE}`], 10_000]);
  });
});

it('unreal mode: limits loaded in protected mode stay', () => {
  const cpu = makeCpu({ memoryBytes: 4 << 20 });
  const at = 0x7000;
  const code = `lgdt [0x7100];mov eax,1;mov cr0,eax;mov bx,8;mov ds,bx;xor eax,eax;mov cr0,eax;xor bx,bx;mov ds,bx;mov ebx,0x200000;mov eax,[ebx];hlt`;
  poke(cpu, at, assemble(code, 16, at).bytes);
  pokeWords(cpu, 0x7100, [0x7200000f, 0]);
  pokeWords(cpu, 0x7200, [0, 0, 0xffff, 0xcf9300]);
  pokeWords(cpu, 0x200000, [0x12345678]);
  cpu.setSegment(1, { selector: 0, base: 0, limit: 0xffff, access: 0x93 });
  Object.assign(cpu.state, { eip: at });
  cpu.updateMode();
  expect(cpu.run(50)).toBe('halt');
  expect(cpu.state.eax).toBe(0x12345678);
});

describe('decoding', () => {
  const decoded = (bytes: readonly number[]) => decode(index => bytes[index] ?? 0, true);

  it.each([
    [15, 'legal'],
    [16, 'too-long'],
  ])('%i bytes are %s', (length, wanted) => {
    // ADD [disp32], imm32 is 10 bytes; prefixes make up the rest.
    const bytes = [...new Array<number>(length - 10).fill(0x3e), 0x81, 0x05, 0, 0, 0, 0, 0, 0, 0, 0];
    const result = decoded(bytes);
    expect(typeof result === 'string' ? result : 'legal').toBe(wanted);
  });

  /** SDM vol. 2, LOCK. */
  const LOCKABLE = new Set(
    'ADD ADC AND BTC BTR BTS CMPXCHG CMPXCHG8B DEC INC NEG NOT OR SBB SUB XOR XADD XCHG'.split(' '),
  );
  it('LOCK is legal with the listed instructions and a memory destination, else #UD', () => {
    const mistaken: string[] = [];
    for (const row of Rows) {
      if (!/^[0-9A-F]{2}(\/|\s)|^0F[0-9A-F]{2}(\/|\s)/.test(row.name)) continue;
      for (const mod of [0x00, 0xc0]) {
        const modrm = mod | (Math.max(row.digit, 0) << 3) | 3;
        const bytes = [0xf0, ...(row.opcode > 0xff ? [0x0f] : []), row.opcode & 0xff, modrm];
        const result = decoded(bytes);
        if (typeof result !== 'string' && result.row !== row) continue;
        const destination = row.operands[0] ?? '';
        const legal = mod === 0 && LOCKABLE.has(row.mnemonic) && /^[EM]/.test(destination);
        if ((typeof result !== 'string') !== legal) mistaken.push(`${row.name} mod ${mod >> 6}`);
      }
    }
    expect(mistaken).toEqual([]);
  });
});
