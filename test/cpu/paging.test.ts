/** Paging: rights and error codes in every cell, accessed and dirty flags, TLB, page-crossing accesses, restartable faults. SDM vol. 3, chapter 4. */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/cpu/bus.ts';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { enablePaging, enterProtected, makeCpu, poke, pokeWords } from './rig.ts';

const DIRECTORY = 0x1000;
const LOW_TABLE = 0x2000;
const TABLE = 0x3000;
/** Linear page under test and the physical page behind it. */
const PAGE = 0x400000;
const FRAME = 0x60000;
const CODE = 0x20000;
const [P, W, U, A, D] = [1, 2, 4, 0x20, 0x40];

interface Setup {
  readonly cpl: number;
  readonly writeProtect?: boolean;
  readonly directory: number;
  readonly table: number;
  readonly code: string;
}

interface Run {
  readonly cpu: Cpu;
  readonly fault: (Fault & { cr2: number }) | undefined;
  /** Steps one more instruction. */
  step(count?: number): void;
  readonly faults: (Fault & { cr2: number })[];
}

/** One processor an engine serves all rows, one after the other. */
const pool = new Map<typeof wasmEngine, Cpu>();

function setUp({ cpl, writeProtect = false, directory, table, code }: Setup, engine = wasmEngine): Run {
  const faults: (Fault & { cr2: number })[] = [];
  const cpu = pool.get(engine) ?? makeCpu({ engine });
  pool.set(engine, cpu);
  cpu.reset();
  cpu.insns = 0;
  cpu.stopRequested = false;
  cpu.physical.bytes.fill(0);
  cpu.bus.observeException = fault => {
    faults.push({ ...fault, cr2: cpu.state.cr2 >>> 0 });
    cpu.stopRequested = true;
  };
  // The first 4 MiB are mapped to themselves for everybody; PAGE by the entries under test.
  pokeWords(cpu, DIRECTORY, [LOW_TABLE | P | W | U, TABLE | directory]);
  pokeWords(
    cpu,
    LOW_TABLE,
    Array.from({ length: 256 }, (_, i) => (i << 12) | P | W | U),
  );
  pokeWords(cpu, TABLE, [FRAME | table, (FRAME + 0x1000) | P | W | U]);
  poke(cpu, CODE, assemble(code, 32, CODE).bytes);
  poke(cpu, FRAME, [0x90, 0x90, 0x90, 0xf4]);
  enterProtected(cpu, { cpl });
  enablePaging(cpu, DIRECTORY, writeProtect);
  // Delivery goes nowhere: the IDT is empty, and the run is over by then.
  Object.assign(cpu.state, { eip: CODE, esp: 0x50000, idtBase: 0, idtLimit: 0 });
  const step = (count = 1) => void cpu.run(count);
  return {
    cpu,
    step,
    faults,
    get fault() {
      return faults[0];
    },
  };
}

/** The rule of SDM 4.6 and 4.7, from the combined rights: the error code, or undefined where the access is allowed. */
function expected(
  access: 'read' | 'write' | 'fetch',
  cpl: number,
  writeProtect: boolean,
  directory: number,
  table: number,
): number | undefined {
  const code = (access === 'write' ? 2 : 0) | (cpl === 3 ? 4 : 0);
  if ((directory & table & P) === 0) return code;
  const user = (directory & table & U) !== 0;
  const writable = (directory & table & W) !== 0;
  if (cpl === 3 && !user) return code | 1;
  if (access === 'write' && !writable && (cpl === 3 || writeProtect)) return code | 1;
  return undefined;
}

const ACCESS = { read: `mov eax,[${PAGE}]`, write: `mov dword [${PAGE}],1`, fetch: `jmp ${PAGE}` } as const;
const rightsOf = (bits: number): string => `${bits & P ? 'P' : '-'}${bits & W ? 'W' : '-'}${bits & U ? 'U' : '-'}`;

describe.each([
  ['interpreter', wasmEngine],
  ['oracle', oracleEngine],
] as const)('every cell of present x write x user x access x CPL x WP: %s', (_, engine) => {
  for (const access of ['read', 'write', 'fetch'] as const) {
    for (const cpl of [0, 3]) {
      for (const writeProtect of [false, true]) {
        it(`${access} at CPL ${cpl}, WP ${Number(writeProtect)}`, () => {
          for (let directory = 0; directory < 8; directory++) {
            for (let table = 0; table < 8; table++) {
              const wanted = expected(access, cpl, writeProtect, directory, table);
              const run = setUp({ cpl, writeProtect, directory, table, code: ACCESS[access] }, engine);
              run.step(access === 'fetch' ? 2 : 1);
              const cell = `PDE ${rightsOf(directory)} PTE ${rightsOf(table)}`;
              expect({ cell, fault: run.fault }).toEqual({
                cell,
                fault: wanted === undefined ? undefined : { vector: 14, errorCode: wanted, cr2: PAGE },
              });
            }
          }
        });
      }
    }
  }
});

describe('accessed and dirty flags', () => {
  const entry = (run: Run): [number, number] => [
    run.cpu.physical.read(DIRECTORY + 4, 4) & 0xfff,
    run.cpu.physical.read(TABLE, 4) & 0xfff,
  ];
  it.each([
    ['a read sets A in both', ACCESS.read, P | W | U, [P | W | U | A, P | W | U | A]],
    ['a write sets A in both and D in the table', ACCESS.write, P | W | U, [P | W | U | A, P | W | U | A | D]],
    ['a refused write sets neither A nor D in the table', ACCESS.write, P | U, [P | W | U, P | U]],
    [
      'a read, then a write: D follows though the page was in the TLB',
      `${ACCESS.read};${ACCESS.write}`,
      P | W | U,
      [P | W | U | A, P | W | U | A | D],
    ],
  ])('%s', (_, code, table, wanted) => {
    const run = setUp({ cpl: 3, directory: P | W | U, table, code });
    run.step(code.split(';').length);
    expect(entry(run)).toEqual(wanted);
  });
});

describe('the TLB', () => {
  it('keeps a translation until INVLPG or CR3, not longer', () => {
    const code = `mov eax,[${PAGE}];mov ebx,[${PAGE}];invlpg [${PAGE}];mov ecx,[${PAGE}]`;
    const run = setUp({ cpl: 0, directory: P | W, table: P | W, code });
    run.step(1);
    // The table changes behind the processor's back.
    pokeWords(run.cpu, TABLE, [0]);
    run.step(2);
    expect(run.faults).toEqual([]);
    run.step(1);
    expect(run.fault).toEqual({ vector: 14, errorCode: 0, cr2: PAGE });
  });

  it('CR3 reload forgets', () => {
    const code = `mov eax,[${PAGE}];mov ebx,cr3;mov cr3,ebx;mov ecx,[${PAGE}]`;
    const run = setUp({ cpl: 0, directory: P | W, table: P | W, code });
    run.step(1);
    pokeWords(run.cpu, TABLE, [0]);
    run.step(3);
    expect(run.fault).toEqual({ vector: 14, errorCode: 0, cr2: PAGE });
  });

  it('what a supervisor may do says nothing of what a user may', () => {
    const run = setUp({ cpl: 0, directory: P | W, table: P | W, code: `mov dword [${PAGE}],1;mov dword [${PAGE}],2` });
    run.step(1);
    enterProtected(run.cpu, { cpl: 3 });
    run.step(1);
    expect(run.fault).toEqual({ vector: 14, errorCode: 7, cr2: PAGE });
  });

  it('code whose page is remapped is fetched anew', () => {
    const run = setUp({
      cpl: 0,
      directory: P | W | U,
      table: P | W | U,
      code: `again:;call ${PAGE};invlpg [${PAGE}];call ${PAGE}`,
    });
    poke(run.cpu, FRAME, assemble('mov eax,1;ret', 32).bytes);
    poke(run.cpu, FRAME + 0x2000, assemble('mov eax,2;ret', 32).bytes);
    run.step(3);
    expect(run.cpu.state.eax).toBe(1);
    pokeWords(run.cpu, TABLE, [(FRAME + 0x2000) | P | W | U]);
    run.step(4);
    expect(run.cpu.state.eax).toBe(2);
  });
});

describe('4 MiB pages', () => {
  it.each([
    ['with CR4.PSE the directory entry maps', 0x10, 0x83, undefined],
    [
      'without CR4.PSE bit 7 means nothing and the entry is a table',
      0,
      0x83,
      { vector: 14, errorCode: 0, cr2: PAGE + 0x60000 },
    ],
    ['supervisor alone', 0x10, 0x83, { vector: 14, errorCode: 5, cr2: PAGE + 0x60000 }],
    ['read-only for users', 0x10, 0x85, undefined],
  ])('%s', (name, cr4, entry, wanted) => {
    const cpl = /supervisor|users/.test(name) ? 3 : 0;
    const run = setUp({ cpl, directory: P | W | U, table: 0, code: `mov eax,[${PAGE + 0x60000}]` });
    run.cpu.state.cr4 = cr4;
    pokeWords(run.cpu, DIRECTORY + 4, [entry]);
    run.cpu.flushTlb();
    run.step(1);
    expect(run.fault).toEqual(wanted);
    if (!wanted) expect(run.cpu.state.eax).toBe(run.cpu.physical.read(0x60000, 4) | 0);
  });
});

describe('accesses that cross pages', () => {
  const CROSS = PAGE + 0xffe;
  it('read and write both parts', () => {
    const run = setUp({
      cpl: 3,
      directory: P | W | U,
      table: P | W | U,
      code: `mov dword [${CROSS}],0x44332211;mov eax,[${CROSS}]`,
    });
    run.step(2);
    expect(run.fault).toBeUndefined();
    expect(run.cpu.state.eax).toBe(0x44332211);
    expect([...run.cpu.physical.bytes.subarray(FRAME + 0xffe, FRAME + 0x1002)]).toEqual([0x11, 0x22, 0x33, 0x44]);
  });

  it.each([
    ['the first page absent', 0, P | W | U, `mov dword [${CROSS}],1`, 6, CROSS],
    [
      'the second page absent: CR2 is its first byte, nothing was written',
      P | W | U,
      0,
      `mov dword [${CROSS}],1`,
      6,
      PAGE + 0x1000,
    ],
    ['the second page read-only', P | W | U, P | U, `mov dword [${CROSS}],1`, 7, PAGE + 0x1000],
    ['a read-modify-write', P | W | U, P | U, `add dword [${CROSS}],1`, 7, PAGE + 0x1000],
    ['a push', P | W | U, P | U, `mov esp,${PAGE + 0x1002};push eax`, 7, PAGE + 0x1000],
  ])('%s', (_, first, second, code, errorCode, cr2) => {
    const run = setUp({ cpl: 3, directory: P | W | U, table: first, code });
    pokeWords(run.cpu, TABLE + 4, [(FRAME + 0x1000) | second]);
    run.step(code.split(';').length);
    expect(run.fault).toEqual({ vector: 14, errorCode, cr2 });
    expect([...run.cpu.physical.bytes.subarray(FRAME + 0xffe, FRAME + 0x1002)]).toEqual([0, 0, 0, 0]);
  });
});

describe('a fault leaves the instruction restartable: registers, flags and memory as before it', () => {
  it.each([
    'add dword [0x400000],1',
    'push dword [0x400000]',
    'pop dword [0x400000]',
    'xchg [0x400000],eax',
    'call [0x400000]',
    'inc dword [0x400000]',
    'shl dword [0x400000],3',
    'lock cmpxchg [0x400000],ecx',
    'lock xadd [0x400000],ecx',
    'cmpxchg8b [0x400000]',
    'mul dword [0x400000]',
    'div dword [0x400000]',
    'bts dword [0x400000],ecx',
    'mov eax,[0x400000]',
    'les eax,[0x400000]',
    'movsd',
    'stosd',
    'lodsd',
    'cmpsd',
    'scasd',
    'setz byte [0x400000]',
    'pusha',
    'popa',
    'enter 16,3',
    'leave',
    'ret',
    'iret',
  ])('%s', instruction => {
    const stack = /^(pusha|popa|enter|leave|ret|iret)/.test(instruction);
    const run = setUp({ cpl: 0, writeProtect: true, directory: P | W, table: 0, code: instruction });
    const { state } = run.cpu;
    Object.assign(state, { eax: 1, ecx: 2, edx: 0, ebx: 4, ebp: stack ? PAGE + 0x48 : 5, esi: PAGE, edi: PAGE });
    if (stack) state.esp = PAGE + 0x40;
    run.cpu.eflags = 0x8d7;
    const registers = () => [
      state.eax,
      state.ecx,
      state.edx,
      state.ebx,
      state.esp,
      state.ebp,
      state.esi,
      state.edi,
      state.eip,
      run.cpu.eflags,
    ];
    let atFault: number[] = [];
    const before = registers();
    const memory = Buffer.from(run.cpu.physical.bytes.subarray(0x10000));
    run.cpu.bus.observeException = fault => {
      run.faults.push({ ...fault, cr2: state.cr2 >>> 0 });
      atFault = registers();
    };
    run.step(1);
    expect(run.fault?.vector).toBe(14);
    expect(run.fault!.cr2 >>> 12).toBe(PAGE >>> 12);
    expect(atFault).toEqual(before);
    expect(Buffer.compare(memory, run.cpu.physical.bytes.subarray(0x10000, 0x10000 + memory.length))).toBe(0);
  });

  it('REP MOVS stops at the page that is absent, counts down as far as it came, and goes on from there', () => {
    const run = setUp({ cpl: 0, directory: P | W, table: P | W, code: 'rep movsd' });
    pokeWords(run.cpu, TABLE + 4, [0]);
    const { state } = run.cpu;
    Object.assign(state, { ecx: 20, esi: 0x70000, edi: PAGE + 0x1000 - 4 * 12 });
    for (let i = 0; i < 20; i++) pokeWords(run.cpu, 0x70000 + 4 * i, [i + 1]);
    run.cpu.run(30);
    expect(run.fault).toEqual({ vector: 14, errorCode: 2, cr2: PAGE + 0x1000 });
    expect([state.ecx, state.edi, state.esi]).toEqual([8, PAGE + 0x1000, 0x70000 + 48]);
  });
});
