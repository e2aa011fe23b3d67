/** 32-bit code in flat segments: at CPL 0, with paging or without, and at CPL 3 under paging with handlers at CPL 0. */
import { type Cpu, Segment } from '../../../src/cpu/cpu.ts';
import { enablePaging, pokeWords, Random } from '../../cpu/rig.ts';
import { wideAddress } from './addresses.ts';
import { writeHandlers } from './handlers.ts';
import type { Kind, Labels, Section } from './kind.ts';
import { writeProgram } from './kind.ts';
import { Layout, Selector } from './layout.ts';
import { COMMON, FLAT, PAGED, USER } from './mixes.ts';
import { descriptor, writeDescriptor, writeGlobalTable, writeInterruptTable, writePages } from './tables.ts';
import type { Dialect, Writer } from './writer.ts';

/** INT to a handler at CPL 0 that has these lines. */
export function byInterrupt(w: Writer, lines: readonly string[]): void {
  const vector = w.vector();
  if (vector === undefined) return;
  w.emit(`int ${vector}`);
  w.in('handlers', () => {
    w.emit(
      `vector${vector}:`,
      'push ds',
      'push eax',
      'mov eax,0x10',
      'mov ds,ax',
      ...lines,
      'pop eax',
      'pop ds',
      'iretd',
    );
  });
}

function dialect(user: boolean, paged: boolean, open: boolean): Dialect {
  const data = user ? Selector.userData : Selector.data;
  return {
    bits: 32,
    data: Layout.data,
    innerStack: user,
    open,
    privilege: user ? 3 : 0,
    dataSelector: data,
    codeBase: 0,
    address: wideAddress,
    bad: paged ? '[0x900000]' : undefined,
    codePrefix: '',
    codeToEs: [[], []],
    privileged: (w, lines) => (user || w.once(2) ? byInterrupt(w, lines) : w.emit(...lines)),
    stack: { selector: data, pointer: Layout.stack },
    mix: [...COMMON, ...FLAT, ...(paged ? PAGED : []), ...(user ? USER : [])],
  };
}

const isOpen = (seed: number): boolean => seed % 8 !== 5;

/** Not at the beginning of a page. */
const sections = (seed: number): Readonly<Record<string, Section>> => ({
  main: { bits: 32, origin: Layout.code + new Random(seed + 2).below(0x1000), base: 0 },
  handlers: { bits: 32, origin: Layout.handlers, base: 0 },
});

/** Segments of flat code at a privilege. */
export function enterFlat(cpu: Cpu, cpl: 0 | 3): void {
  const { state } = cpu;
  state.cr0 |= 1;
  state.cpl = cpl;
  for (const number of Object.values(Segment)) {
    const isCode = number === Segment.cs;
    const selector = isCode
      ? cpl === 3
        ? Selector.userCode
        : Selector.code
      : cpl === 3
        ? Selector.userData
        : Selector.data;
    cpu.setSegment(number, { selector, base: 0, limit: 0xffffffff, access: (isCode ? 0xc09b : 0xc093) | (cpl << 5) });
  }
  cpu.updateMode();
}

function flat(name: string, user: boolean, isPaged: (seed: number) => boolean): Kind {
  return {
    name,
    sections,
    write: (seed, emphasis) =>
      writeProgram(dialect(user, isPaged(seed), !user || isOpen(seed)), seed, emphasis, w => writeHandlers(w, false)),
    prepare(cpu: Cpu, labels: Labels, seed: number): void {
      const random = new Random(seed + 3);
      writeGlobalTable(cpu, labels.handlers);
      writeInterruptTable(cpu, labels.handlers!, random);
      writePages(cpu, random);
      writeDescriptor(cpu, Selector.programData, descriptor(Layout.data, 0xfff3, user ? 0xf3 : 0x93, 4));
      enterFlat(cpu, user ? 3 : 0);
      const { state } = cpu;
      Object.assign(state, { eip: labels.main?.main ?? Layout.code, esp: Layout.stack });
      if (user && isOpen(seed)) state.eflags |= 0x3000;
      if (user && random.below(3) === 0) state.cr0 |= 0x40000;
      state.cr4 |= 0x10 | (random.below(2) === 0 ? 0x80 : 0);
      if (isPaged(seed)) enablePaging(cpu, Layout.directory, random.below(2) === 0);
      pokeWords(cpu, Layout.stack, [0, 0, 0, 0]);
    },
  };
}

export const flat32 = flat('flat32', false, seed => seed % 3 !== 0);
export const user32 = flat('user32', true, () => true);
