/** The program of virtual-8086 mode: 16-bit code as in real mode, at CPL 3, with handlers in flat 32-bit code; under paging or not. */
import type { Cpu } from '../../../src/cpu/cpu.ts';
import { realSegment } from '../../../src/cpu/segments.ts';
import { Flag } from '../../../src/isa/flags.ts';
import { enablePaging, Random } from '../../cpu/rig.ts';
import { byInterrupt } from './flat.ts';
import { writeHandlers } from './handlers.ts';
import type { Kind, Labels } from './kind.ts';
import { writeProgram } from './kind.ts';
import { Layout } from './layout.ts';
import * as paging from './paging.ts';
import { CODE, DATA, REAL, sections as realSections, STACK } from './real.ts';
import { writeLastBytes } from './segmented.ts';
import { writeGlobalTable, writeInterruptTable, writePages } from './tables.ts';
import type { Dialect } from './writer.ts';

const isPaged = (seed: number): boolean => seed % 2 === 0;
/** INT n, PUSHF, CLI and their kin do not fault. */
const isOpen = (seed: number): boolean => seed % 8 !== 3;

const PAGED: Dialect['mix'] = [
  [3, paging.missing],
  [2, paging.spaces],
  [1, paging.global],
];

const dialect = (seed: number): Dialect => ({
  ...REAL,
  innerStack: true,
  open: isOpen(seed),
  privilege: 3,
  privileged: byInterrupt,
  mix: [...REAL.mix.filter(([, ingredient]) => ingredient.name !== 'protectedMode'), ...(isPaged(seed) ? PAGED : [])],
});

export const v86: Kind = {
  name: 'v86',
  sections: seed => ({
    ...realSections(seed),
    handlers: { bits: 32, origin: Layout.handlers, base: 0 },
  }),
  write: (seed, emphasis) =>
    writeProgram(dialect(seed), seed, emphasis, w => {
      writeHandlers(w, false);
      writeLastBytes(w);
    }),
  prepare(cpu: Cpu, labels: Labels, seed: number): void {
    const random = new Random(seed + 3);
    writeGlobalTable(cpu, labels.handlers);
    writeInterruptTable(cpu, labels.handlers!, random);
    writePages(cpu, random);
    const { state } = cpu;
    state.cr0 |= 1;
    state.cpl = 3;
    for (let i = 0; i < 6; i++) cpu.setSegment(i, realSegment(i === 1 ? CODE : i === 2 ? STACK : DATA, 0xffff, 0xf3));
    Object.assign(state, { eip: labels.main?.main ?? 0, esp: 0xfff0 });
    state.eflags |= Flag.VM | (isOpen(seed) ? Flag.IOPL : 0);
    cpu.updateMode();
    if (isPaged(seed)) enablePaging(cpu, Layout.directory, random.below(2) === 0);
  },
};
