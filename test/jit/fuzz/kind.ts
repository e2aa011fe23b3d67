/**
 * What kinds of programs have in common: their text, by sections, and how that is put into a machine. A program is its text and a seed, which decides about
 * tables and data; the text may have been shortened by hand or by minimise.ts.
 */
import type { Cpu } from '../../../src/cpu/cpu.ts';
import { assemble } from '../../../src/isa/assemble.ts';
import { Flag } from '../../../src/isa/flags.ts';
import { poke, pokeWords, Random } from '../../cpu/rig.ts';
import { Cell, Layout } from './layout.ts';
import { type Dialect, Writer } from './writer.ts';

export interface Section {
  readonly bits: 16 | 32;
  /** Offset of its first byte in its code segment; physical address of that segment. */
  readonly origin: number;
  readonly base: number;
}

export interface Kind {
  readonly name: string;
  /** By name: `main`, and what else the kind has. `seed` decides where they begin. */
  sections(seed: number): Readonly<Record<string, Section>>;
  /** `emphasis`: an ingredient, by name, that is to come often. */
  write(seed: number, emphasis?: string): Record<string, string[]>;
  /** Puts a processor that has been reset at the beginning of the program, which is in memory. */
  prepare(cpu: Cpu, labels: Labels, seed: number): void;
}

/** Offsets by section and label. */
export type Labels = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Program {
  readonly kind: Kind;
  readonly seed: number;
  readonly sections: Readonly<Record<string, readonly string[]>>;
}

export const generate = (kind: Kind, seed: number, emphasis?: string): Program => ({
  kind,
  seed,
  sections: kind.write(seed, emphasis),
});

/** So many times as often. */
const EMPHASIS = 30;

/** The usual text: a loop without end, functions, and what `more` writes. Every other program emphasises one of its ingredients. */
export function writeProgram(
  dialect: Dialect,
  seed: number,
  emphasis: string | undefined,
  more?: (w: Writer) => void,
): Record<string, string[]> {
  const random = new Random(seed);
  const often = emphasis ?? (random.below(2) === 0 ? random.pick(dialect.mix)[1].name : undefined);
  const mix = dialect.mix.map(
    ([weight, ingredient]) => [ingredient.name === often ? weight * EMPHASIS : weight, ingredient] as const,
  );
  const w = new Writer({ ...dialect, mix }, random);
  w.emit('main:');
  w.start();
  w.body(3, w.pick([8, 16, 30]));
  w.emit('jmp main');
  w.flush();
  for (w.level = 0; w.level < w.functions; w.level++) {
    w.emit(`f${w.level}:`);
    w.body(2, 8);
    w.emit('ret');
    w.flush();
  }
  more?.(w);
  return w.sections;
}

export interface Loaded {
  readonly labels: Labels;
  /** Physical addresses of bytes of code that anybody may change. */
  readonly patchable: readonly number[];
}

/** Assembles, fills memory and prepares the processor. Throws when the text cannot be assembled. */
export function load(cpu: Cpu, { kind, seed, sections }: Program): Loaded {
  const random = new Random(seed + 1);
  const labels: Record<string, Readonly<Record<string, number>>> = {};
  const patchable: number[] = [];
  // Whoever strays comes upon INT3.
  cpu.physical.bytes.fill(0xcc, Layout.handlers, Layout.end);
  cpu.physical.bytes.fill(0, Layout.data, Layout.data + Cell.bytes);
  for (let at = Layout.data + Cell.bytes; at < Layout.data + Layout.dataBytes; at += 4)
    cpu.writePhysical(at, random.word(), 4);
  for (const [name, { bits, origin, base }] of Object.entries(kind.sections(seed))) {
    // What comes after `main` may speak of its labels.
    const assembled = assemble((sections[name] ?? []).join('\n'), bits, origin, labels.main);
    poke(cpu, base + origin, assembled.bytes);
    labels[name] = assembled.labels;
    for (const [label, offset] of Object.entries(assembled.labels))
      if (label[0] === 'P') patchable.push(base + offset + 1);
  }
  pokeWords(cpu, Layout.data, [labels.main?.main ?? 0, 0, 0, 0, 5, 0]);
  kind.prepare(cpu, labels, seed);
  const { state } = cpu;
  for (const name of ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'] as const)
    state[name] = random.pick([random.word(), random.below(0x400), Layout.data + random.below(0x1000)]) | 0;
  cpu.eflags |= Flag.IF | (random.word() & 0x8d5);
  state.cr4 |= 0x600;
  // Numeric errors are exceptions, and masked as FNINIT leaves them.
  state.cr0 |= 0x20;
  state.fpuControl = 0x37f;
  cpu.updateMode();
  return { labels, patchable };
}
