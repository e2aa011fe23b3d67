/** How compiled code is come upon and left: without the host, mostly; and what it expects of pages, where all of a kernel lies in one piece of memory. */
import { expect, it, vi } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { EAGER, Jit } from '../../src/jit/jit.ts';
import type { JitOptions } from '../../src/jit/options.ts';
import { RegionSources } from '../../src/jit/region-sources.ts';
import { architecture, enablePaging, enterProtected, makeCpu, poke, pokeWords } from '../cpu/rig.ts';

const CODE = 0x20000;
const DATA = 0x30000;
const STACK = 0x40000;
const KERNEL = 0xc0000000;
const DIRECTORY = 0x1000;
const TABLE = 0x2000;
const OTHER_TABLE = 0x3000;
const OTHER = 0xd0000000;

interface Setting {
  readonly text: string;
  readonly options?: Partial<JitOptions>;
  /** Linear memory is physical memory from here on. */
  readonly base?: number;
}

/** Runs a program on the JIT and on the interpreter, in stretches that end anywhere, and compares them. */
function compare({ text, options = {}, base = 0 }: Setting): { jit: Jit; told: number; cpu: Cpu } {
  const { bytes } = assemble(text, 32, base + CODE);
  const start = (cpu: Cpu): Cpu => {
    poke(cpu, CODE, bytes);
    enterProtected(cpu);
    if (base !== 0) {
      pokeWords(cpu, DIRECTORY + (base >>> 22) * 4, [TABLE | 3]);
      pokeWords(cpu, DIRECTORY + (OTHER >>> 22) * 4, [OTHER_TABLE | 3]);
      pokeWords(
        cpu,
        TABLE,
        Array.from({ length: 256 }, (_, i) => (i << 12) | 3),
      );
      pokeWords(cpu, OTHER_TABLE, [0x50003, 0x51003]);
      enablePaging(cpu, DIRECTORY);
    }
    Object.assign(cpu.state, { eip: base + CODE, esi: base + DATA, esp: base + STACK });
    return cpu;
  };
  let jit!: Jit;
  let told = 0;
  const cpu = start(
    makeCpu({
      engine: (memory, imports) => {
        jit = new Jit(memory, wasmEngine(memory, imports), { ...EAGER, lot: 16, ...options });
        const host = jit as unknown as { enter(record: number): number };
        const { enter } = host;
        host.enter = record => {
          told++;
          return enter.call(jit, record);
        };
        return jit;
      },
    }),
  );
  const reference = start(makeCpu());
  for (let i = 0; i < 60; i++) {
    cpu.run(4999 + i);
    reference.run(4999 + i);
    expect(architecture(cpu)).toEqual(architecture(reference));
  }
  expect(cpu.bytes.subarray(DATA, DATA + 0x100)).toEqual(reference.bytes.subarray(DATA, DATA + 0x100));
  return { jit, told, cpu };
}

const MISSES = `
again:
add eax,ecx
xor eax,0x55
mov ebx,there
jmp ebx
there:
inc ecx
jmp again`;
const THERE = CODE + 12;
/** Nor does it become part of the region that jumps there. */
const APART = { hotSite: 1 << 30 };

/** What is at `there` is never compiled. */
function withoutThere<T>(work: () => T): T {
  const { make } = RegionSources.prototype;
  const refuse = vi.spyOn(RegionSources.prototype, 'make').mockImplementation(function (this: RegionSources, ...args) {
    return args[1] === THERE ? undefined : make.apply(this, args);
  });
  try {
    return work();
  } finally {
    refuse.mockRestore();
  }
}

it('where nothing compiled goes on the interpreter does', () => {
  const { jit, told } = withoutThere(() => compare({ text: MISSES, options: APART }));
  const { entries, misses, executed } = jit.statistics;
  expect(entries).toBeGreaterThan(40_000);
  expect(executed).toBe(entries * 4);
  expect(misses).toBeGreaterThan(entries * 0.9);
  expect(told).toBeLessThan(entries / 8);
});

it('who takes notes is told everything', () => {
  const { jit, told } = withoutThere(() => compare({ text: MISSES, options: { ...APART, profile: true } }));
  const { entries, misses } = jit.statistics;
  expect(misses).toBe(entries);
  expect(told).toBeGreaterThanOrEqual(entries);
});

it('an instruction for the interpreter is done there', () => {
  // Misaligned.
  const text = 'again:\nadd eax,ecx\nmov [esi+1],eax\nadd edx,[edi+5]\ninc ecx\njmp again';
  const { jit, told } = compare({ text, options: { leaves: Number.POSITIVE_INFINITY } });
  const { entries, leaves } = jit.statistics;
  expect(entries).toBeGreaterThan(10_000);
  expect(leaves).toBeGreaterThan(entries * 0.9);
  expect(told).toBeLessThan(entries / 8);
});

it('the first instruction of a region may be that one', () => {
  const { jit } = compare({
    text: 'again:\nmov [esi+1],eax\nadd eax,ecx\ninc ecx\njmp again',
    options: { leaves: Number.POSITIVE_INFINITY },
  });
  expect(jit.statistics.leaves).toBeGreaterThan(10_000);
});

it('regions that do little are given up, though the host hears of few entries', () => {
  const { jit } = withoutThere(() => compare({ text: MISSES, options: { ...APART, leastRun: 10, lossPause: 1e9 } }));
  const { entries, invalidated } = jit.statistics;
  expect(invalidated).toBe(1);
  expect(entries).toBeLessThan(4_500);
});

const LOOP = `
again:
mov eax,[esi+4]
add eax,[esp-8]
push eax
call change
mov [esi+8],eax
inc ecx
jmp again
change:
add eax,ecx
ret`;
const ELSEWHERE = LOOP.replace('inc ecx', `mov ebx,${OTHER}\nadd [ebx],eax\nmov edx,[ebx+0x1000]\ninc ecx`).replace(
  'push eax',
  'mov esp,STACK\npush eax',
);

it.each([
  ['is expected to go on so', LOOP.replace('push eax', 'mov esp,STACK\npush eax')],
  ['is asked for where it does not', ELSEWHERE],
])('a kernel in one piece of memory %s', (_what, text) => {
  const made = vi.spyOn(RegionSources.prototype, 'make');
  const { jit } = compare({ text: text.replace('STACK', `${KERNEL + STACK}`), base: KERNEL });
  // Physical pages are 1000h further on in the memory, and 1 is for plain.
  const expected = (0x1001 - KERNEL) | 0;
  const words = made.mock.results.map(({ value }) => value?.word);
  made.mockRestore();
  expect(words).toContain(expected);
  expect(jit.statistics.executed).toBeGreaterThan(250_000);
  expect(jit.statistics.leaves).toBeLessThan(2_000);
});

it('two pieces of memory are no one piece', () => {
  const made = vi.spyOn(RegionSources.prototype, 'make');
  const text = LOOP.replace('push eax', `mov esp,${OTHER + 0x1f00}\npush eax`);
  compare({ text, base: KERNEL });
  const words = made.mock.results.map(({ value }) => value?.word);
  made.mockRestore();
  expect(words.length).toBeGreaterThan(0);
  expect(words.at(-1)).toBe(0);
});
