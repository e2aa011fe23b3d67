/** Descriptor tables, page tables and the task segment of a fuzzing machine, as its kind wants them. */
import type { Cpu } from '../../../src/cpu/cpu.ts';
import { pokeWords, type Random } from '../../cpu/rig.ts';
import { Layout, Selector } from './layout.ts';
import { REPAIRABLE } from './paging.ts';

export type Descriptor = readonly [low: number, high: number];

/** `access`: descriptor byte 5; `flags`: the high nibble of byte 6: G 8, D/B 4. The limit is in units of G. */
export function descriptor(base: number, limit: number, access: number, flags: number): Descriptor {
  const high = (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff);
  return [((base & 0xffff) << 16) | (limit & 0xffff), high];
}

export function gate(selector: number, offset: number, access: number): Descriptor {
  return [(selector << 16) | (offset & 0xffff), (offset & 0xffff0000) | (access << 8)];
}

export function writeDescriptor(cpu: Cpu, selector: number, value: Descriptor): void {
  pokeWords(cpu, Layout.gdt + (selector & ~7), value);
}

/**
 * Flat segments for both privileges, a task with a stack for CPL 0 and another to be called, what cannot be loaded; the rest of the GDT is the kind's. Handlers have
 * the labels `task` and `sysenter`.
 */
export function writeGlobalTable(cpu: Cpu, { task = 0, sysenter = 0 }: Readonly<Record<string, number>> = {}): void {
  writeDescriptor(cpu, Selector.code, descriptor(0, 0xfffff, 0x9b, 12));
  writeDescriptor(cpu, Selector.data, descriptor(0, 0xfffff, 0x93, 12));
  writeDescriptor(cpu, Selector.userCode, descriptor(0, 0xfffff, 0xfb, 12));
  writeDescriptor(cpu, Selector.userData, descriptor(0, 0xfffff, 0xf3, 12));
  writeDescriptor(cpu, Selector.task, descriptor(Layout.task, 0x87, 0x8b, 0));
  writeDescriptor(cpu, Selector.readOnly, descriptor(0, 0xfffff, 0xf1, 12));
  writeDescriptor(cpu, Selector.absent, descriptor(0, 0xfffff, 0x73, 12));
  pokeWords(cpu, Layout.task + 4, [Layout.innerStack, Selector.data]);
  // All ports may be used, and V86 interrupts go through the IDT: the map, and what is before it, is zero but for its end.
  pokeWords(cpu, Layout.task + 0x64, [0x680000]);
  pokeWords(cpu, Layout.task + 0x70, [0, 0, 0, 0, 0, 0xff]);
  // A task that others call: all of CPL 0.
  writeDescriptor(cpu, Selector.otherTask, descriptor(Layout.otherTask, 0x67, 0xe9, 0));
  pokeWords(
    cpu,
    Layout.otherTask,
    Array.from({ length: 26 }, () => 0),
  );
  pokeWords(cpu, Layout.otherTask + 4, [Layout.innerStack, Selector.data]);
  pokeWords(cpu, Layout.otherTask + 0x1c, [Layout.directory, task, 2, 1, 2, 3, 4, Layout.taskStack, 5, 6, 7]);
  const { data, code } = Selector;
  pokeWords(cpu, Layout.otherTask + 0x48, [data, code, data, data, data, data, 0, 0x680000]);
  pokeWords(cpu, Layout.task + 0x1c, [Layout.directory]);
  const { state } = cpu;
  Object.assign(state, { sysenterCs: Selector.code, sysenterEsp: Layout.innerStack, sysenterEip: sysenter });
  Object.assign(state, { gdtBase: Layout.gdt, gdtLimit: 0xff, idtBase: Layout.idt, idtLimit: 0x7ff });
  Object.assign(state, { taskSelector: Selector.task, taskBase: Layout.task, taskLimit: 0x87, taskAccess: 0x8b });
}

/** Exceptions that push an error code. */
const WITH_CODE = new Set([8, 10, 11, 12, 13, 14, 17]);

/** A gate for each vector: to `vectorN` where the handlers have that, else to where faults go. Programs may call all of them. */
export function writeInterruptTable(cpu: Cpu, labels: Readonly<Record<string, number>>, random: Random): void {
  for (let vector = 0; vector < 256; vector++) {
    const fallback = WITH_CODE.has(vector) ? 'faultWithCode' : 'fault';
    const offset = labels[`vector${vector}`] ?? labels[fallback] ?? Layout.handlers;
    // Interrupt gates, which clear IF, and trap gates.
    const type = vector < 0x20 || random.below(3) !== 0 ? 0xee : 0xef;
    pokeWords(cpu, Layout.idt + vector * 8, gate(Selector.code, offset, type));
  }
}

/** Two address spaces, alike but for their windows: the first MiB as it is, for all, but for pages of data and stack, which have changed places. */
export function writePages(cpu: Cpu, random: Random): void {
  const order = Array.from({ length: 6 }, () => random.below(1000));
  const spaces = [
    [Layout.directory, Layout.table],
    [Layout.otherDirectory, Layout.otherTable],
  ] as const;
  for (const [directory, table] of spaces) {
    // The first 4 MiB again by a large page, where CR4.PSE is set.
    pokeWords(cpu, directory, [table | 7, 0x87 | (random.below(3) === 0 ? 0x100 : 0)]);
    const pages = Array.from({ length: 256 }, (_, i) => (i << 12) | 7);
    for (let i = 0; i < 4; i++) pages[(Layout.windows >>> 12) + i] = (Layout.copies + (random.below(4) << 12)) | 7;
    for (let i = 0; i < 6; i++) {
      const at = (Layout.data >>> 12) + i;
      if (i > 0 && random.below(4) === 0) pages[at] = (pages[at]! & ~random.pick([1, 2, 1])) | REPAIRABLE;
      if (random.below(6) === 0) pages[at]! |= 0x100;
    }
    shuffle(pages, Layout.data + 0x1000, 5, order);
    shuffle(pages, Layout.stack - 0x6000, 6, order);
    pokeWords(cpu, table, pages);
  }
}

/** Exchanges the frames of `count` pages, in an order that is the same for both spaces. */
function shuffle(pages: number[], linear: number, count: number, order: readonly number[]): void {
  const first = linear >>> 12;
  for (let i = 0; i < count; i++) {
    const [a, b] = [first + i, first + (order[i]! % count)];
    const frame = pages[a]! & ~0xfff;
    pages[a] = (pages[a]! & 0xfff) | (pages[b]! & ~0xfff);
    pages[b] = (pages[b]! & 0xfff) | frame;
  }
}
