/** What a second exception in delivering a first becomes. SDM vol. 3, table 6-5; triple faults: 6.15, interrupt 8. */
import { expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { enterProtected, makeCpu, poke, pokeWords } from './rig.ts';

const [GDT, IDT, CODE, HANDLER] = [0x800, 0x1000, 0x20000, 0x24000];
/** Page that is not mapped, and with it the IDT's entries from 200h on when the IDT lies just below. */
const GAP = 0x30000;
const EXCEPTION = { DE: 0, DB: 1, BR: 5, UD: 6, NM: 7, DF: 8, TS: 10, NP: 11, SS: 12, GP: 13, PF: 14, AC: 17 } as const;
type Name = keyof typeof EXCEPTION;

/** Instructions that raise each. */
const RAISE: Partial<Record<Name, string>> = {
  DE: 'xor ecx,ecx;div ecx',
  BR: 'mov eax,5;bound eax,[0x40000]',
  UD: 'ud2',
  TS: 'pushfd;or dword [esp],0x4000;popfd;iretd',
  NP: 'mov eax,0x18;mov ds,ax',
  SS: 'mov eax,0x18;mov ss,ax',
  GP: 'mov eax,0x3b8;mov ds,ax',
  PF: `mov eax,[${GAP}]`,
};
const CONTRIBUTORY: readonly Name[] = ['DE', 'TS', 'NP', 'SS', 'GP'];

/** How the first exception's gate fails, and with what. */
const GATES = { NP: [(8 << 16) | HANDLER, 0x0e00], GP: [0x00000000 | HANDLER, 0x8e00], PF: undefined } as const;

function run(first: Name, second: keyof typeof GATES, bad: readonly number[]): { vectors: number[]; stop: string } {
  const vectors: number[] = [];
  const cpu: Cpu = makeCpu({ bus: { observeException: ({ vector }) => vectors.push(vector) } });
  // SS and NP come from loading a segment that is not present; DPL and type are right.
  pokeWords(cpu, GDT, [0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300, 0xffff, 0xcf1300]);
  // To fail by a page fault, the IDT is placed so that the entry of the first exception is the last on a page, or the first on one that is absent.
  const idt = second === 'PF' ? GAP - EXCEPTION[first] * 8 : IDT;
  const good = [(8 << 16) | (HANDLER & 0xffff), (HANDLER & 0xffff0000) | 0x8e00];
  for (let vector = 0; vector < 32; vector++) {
    const gate = vector === EXCEPTION[first] || bad.includes(vector) ? (GATES[second] ?? good) : good;
    pokeWords(cpu, idt + 8 * vector, gate);
  }
  poke(cpu, HANDLER, assemble('hlt', 32).bytes);
  poke(cpu, CODE, assemble(RAISE[first]!, 32, CODE).bytes);
  pokeWords(cpu, 0x3000, [0x4003]);
  pokeWords(
    cpu,
    0x4000,
    Array.from({ length: 256 }, (_, i) => (i === GAP >>> 12 ? 0 : (i << 12) | 3)),
  );
  enterProtected(cpu, {});
  Object.assign(cpu.state, { gdtBase: GDT, gdtLimit: 0x1f, idtBase: idt, idtLimit: 0xff, eip: CODE, esp: 0x50000 });
  Object.assign(cpu.state, { taskBase: 0x48000, taskLimit: 0x67, taskAccess: 0x8b, cr3: 0x3000 });
  cpu.state.cr0 |= 0x80000000;
  cpu.flushTlb();
  return { stop: cpu.run(20), vectors };
}

for (const first of Object.keys(RAISE) as Name[]) {
  for (const second of ['NP', 'GP'] as const) {
    if (first === second) continue;
    const doubles = (CONTRIBUTORY.includes(first) || first === 'PF') && CONTRIBUTORY.includes(second);
    it(`#${first}, then #${second}: ${doubles ? 'a double fault' : 'one after the other'}`, () => {
      const last = doubles ? EXCEPTION.DF : EXCEPTION[second];
      const { vectors, stop } = run(first, second, []);
      expect([vectors.at(0), vectors.at(-1), stop]).toEqual([EXCEPTION[first], last, 'halt']);
    });
  }
}

it.each(['GP', 'NP'] as const)('a double fault that #%s keeps from its handler is a shutdown', second => {
  expect(run('DE', second, [EXCEPTION.DF]).stop).toBe('triple-fault');
});

it('a benign exception whose entry is not mapped: the page fault is served when it can be', () => {
  // The page that is absent holds the entries from the first exception's on: those before it are good, #PF's is not, and so #PF doubles with itself.
  expect(run('UD', 'PF', []).stop).toBe('triple-fault');
});

/** On the processors themselves this has no end; here it must not keep the host busy either. */
it('#AC in delivering #AC: each few cost an instruction, and the run ends at its count', () => {
  const vectors: number[] = [];
  const cpu: Cpu = makeCpu({ bus: { observeException: ({ vector }) => vectors.push(vector) } });
  pokeWords(cpu, GDT, [0, 0, 0xffff, 0xcffb00, 0xffff, 0xcff300]);
  // A gate to code of the same level: what it pushes goes to the stack that is misaligned.
  for (let vector = 0; vector < 32; vector++)
    pokeWords(cpu, IDT + 8 * vector, [(11 << 16) | (HANDLER & 0xffff), (HANDLER & 0xffff0000) | 0xee00]);
  poke(cpu, CODE, assemble('mov eax,[0x40001]', 32, CODE).bytes);
  enterProtected(cpu, {});
  const user = { base: 0, limit: 0xffffffff };
  for (const segment of [0, 2, 3, 4, 5]) cpu.setSegment(segment, { ...user, selector: 19, access: 0xc0f3 });
  cpu.setSegment(1, { ...user, selector: 11, access: 0xc0fb });
  Object.assign(cpu.state, {
    gdtBase: GDT,
    gdtLimit: 0x17,
    idtBase: IDT,
    idtLimit: 0xff,
    eip: CODE,
    esp: 0x50001,
    cpl: 3,
  });
  cpu.state.cr0 |= 1 << 18;
  cpu.state.eflags |= 1 << 18;
  cpu.updateMode();
  expect(cpu.run(1000)).toBe('limit');
  expect(cpu.insns).toBe(1000);
  expect(vectors.length).toBeGreaterThanOrEqual(1000);
  expect(new Set(vectors)).toEqual(new Set([EXCEPTION.AC]));
  expect(cpu.state.eip).toBe(CODE);
});
