/**
 * A program as it is being made up: sections of assembler lines, labels, and choices by a seed. What differs between kinds of programs - width, segments,
 * how memory is reached, whether it may do what only CPL 0 does - a Dialect tells.
 */
import type { Random } from '../../cpu/rig.ts';
import { Cell } from './layout.ts';

/** Writes a few lines; `depth`: how many more loops may be nested. */
export type Ingredient = (w: Writer, depth: number) => void;

export interface Dialect {
  readonly bits: 16 | 32;
  /** Offset of Layout.data in the segment that DS names. */
  readonly data: number;
  /** Handlers have a stack of their own: that of the program may fault. */
  readonly innerStack: boolean;
  /** Ports, CLI and STI are the program's to use: CPL is not above IOPL. */
  readonly open: boolean;
  /** CPL. */
  readonly privilege: 0 | 3;
  /** What DS and ES hold. */
  readonly dataSelector: number;
  /** Physical address of offset 0 of the program's code segment. */
  readonly codeBase: number;
  /** An operand in memory, without its size; may write lines that make it valid. */
  address(w: Writer): string;
  /** An operand of two bytes or more at which an access faults; undefined where none does. */
  readonly bad: string | undefined;
  /** The bytes of the program from `label` on, as something to be written: prefix of the address. */
  readonly codePrefix: '' | 'cs:' | 'fs:';
  /** Has ES name the program's code, and back: REP MOVS writes there. */
  readonly codeToEs: readonly [before: readonly string[], after: readonly string[]];
  /** Instructions that only CPL 0 may execute, in flat 32-bit syntax; undefined where there is no way to it. */
  readonly privileged: ((w: Writer, lines: readonly string[]) => void) | undefined;
  /** What SS and ESP hold at the beginning of the main loop. */
  readonly stack: { readonly selector: number; readonly pointer: number };
  /** Of kinds whose segments are not flat. */
  readonly segments?: {
    /** Last offset in DS. */
    readonly limit: number;
    /** Lowest offset in SS, and the one after the highest. */
    readonly stack: { readonly low: number; readonly high: number };
    /** Selector of the program's code; of the same to be written, where that is another; of other data. */
    readonly code: number;
    readonly alias: number | undefined;
    readonly others: readonly number[];
  };
  readonly mix: readonly (readonly [weight: number, ingredient: Ingredient])[];
}

const R32 = ['eax', 'ebx', 'edx', 'esi', 'edi', 'ebp'] as const;
const R16 = ['ax', 'bx', 'dx', 'si', 'di', 'bp'] as const;
const R8 = ['al', 'ah', 'bl', 'bh', 'dl', 'dh', 'cl'] as const;

export type Width = 'byte' | 'word' | 'dword';

export class Writer {
  readonly dialect: Dialect;
  readonly random: Random;
  readonly sections: Record<string, string[]> = { main: [] };
  /** Functions, by number: those with a higher number may be called from one with a lower. */
  readonly functions: number;
  /** Number of the function that is being written; -1 in the main loop. */
  level = -1;
  private section = 'main';
  private labels = 0;
  private counters = 0;
  private vectors = 0x60;
  /** Labels of bytes of code that may be changed. */
  readonly patchable: string[] = [];
  /** Lines that go behind the code that is being written, out of its way: tables, templates. */
  private readonly aside: (() => void)[] = [];
  private readonly total: number;

  constructor(dialect: Dialect, random: Random) {
    this.dialect = dialect;
    this.random = random;
    this.functions = 2 + random.below(4);
    this.total = dialect.mix.reduce((sum, [weight]) => sum + weight, 0);
  }

  // ---- lines

  emit(...lines: string[]): void {
    this.sections[this.section]!.push(...lines);
  }

  in(section: string, write: () => void): void {
    const before = this.section;
    this.section = section;
    this.sections[section] ??= [];
    write();
    this.section = before;
  }

  label(letter = 'L'): string {
    return `${letter}${this.labels++}`;
  }

  /** Has something written behind the present function, where nothing falls into it. */
  later(write: () => void): void {
    this.aside.push(write);
  }

  /** Writes what later() has collected. */
  flush(): void {
    while (this.aside.length > 0) this.aside.shift()!();
  }

  /** A few ingredients. */
  body(depth: number, most = 10): void {
    for (let i = 2 + this.below(most); i > 0; i--) this.ingredient(depth);
  }

  ingredient(depth: number): void {
    let at = this.below(this.total);
    for (const [weight, ingredient] of this.dialect.mix) {
      at -= weight;
      if (at >= 0) continue;
      ingredient(this, depth);
      return;
    }
  }

  /** A handler of an interrupt that programs call: its vector; undefined when there are no more. */
  vector(): number | undefined {
    return this.vectors < 0xf0 ? this.vectors++ : undefined;
  }

  // ---- choices

  below(limit: number): number {
    return this.random.below(limit);
  }

  pick<T>(of: readonly T[]): T {
    return this.random.pick(of);
  }

  /** True once in so many times. */
  once(in_: number): boolean {
    return this.below(in_) === 0;
  }

  // ---- names

  /** Width of the program's addresses and of what it pushes. */
  get natural(): 'word' | 'dword' {
    return this.dialect.bits === 32 ? 'dword' : 'word';
  }

  /** `dw` or `dd`. */
  get define(): string {
    return this.dialect.bits === 32 ? 'dd' : 'dw';
  }

  /** `ax` or `eax`. */
  wide(name: 'ax' | 'bx' | 'cx' | 'dx' | 'si' | 'di' | 'bp' | 'sp'): string {
    return this.dialect.bits === 32 ? `e${name}` : name;
  }

  get step(): 2 | 4 {
    return this.dialect.bits === 32 ? 4 : 2;
  }

  register(width: Width): string {
    return this.pick(width === 'byte' ? R8 : width === 'word' ? R16 : R32);
  }

  /** A register that may count: CL is for shifts. */
  any(width: Width): string {
    return this.once(6) ? { byte: 'ch', word: 'cx', dword: 'ecx' }[width] : this.register(width);
  }

  width(): Width {
    return this.pick(['byte', this.natural, this.natural, 'word', 'dword']);
  }

  memory(width: Width): string {
    return `${width} ${this.dialect.address(this)}`;
  }

  cell(offset: number): string {
    return `[${this.dialect.data + offset}]`;
  }

  /** A counter of its own. */
  counter(): string {
    const at = Cell.counters + 4 * (this.counters++ % 240);
    return `${this.natural} ${this.cell(at)}`;
  }

  /** The stack, segments and flags as they should be: where the main loop begins. Segments are loaded when they are wrong. */
  start(): void {
    const { dataSelector, stack } = this.dialect;
    for (const [name, selector] of [
      ['ds', dataSelector],
      ['es', dataSelector],
      ['ss', stack.selector],
    ] as const) {
      const right = this.label();
      this.emit(
        `mov ax,${name}`,
        `cmp ax,${selector}`,
        `jz ${right}`,
        `mov ax,${selector}`,
        `mov ${name},ax`,
        `${right}:`,
      );
    }
    this.emit(`mov ${this.wide('sp')},${stack.pointer}`, 'cld');
    if (this.dialect.open) this.emit('sti');
  }

  /** Lines that run once in so many times the program comes by. */
  seldom(times: number, write: () => void): void {
    const [counter, over] = [this.counter(), this.label()];
    this.emit(`inc ${counter}`, `test ${counter},${times - 1}`, `jnz ${over}`);
    write();
    this.emit(`${over}:`);
  }

  /** Bytes of the program from a label on, as something to be written. */
  code(label: string, displacement = 0): string {
    return `${this.dialect.codePrefix}[${label}+${displacement}]`;
  }

  immediate(): number {
    return this.pick([0, 1, 2, -1, 0x7f, 0x80, -128, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, this.random.word()]);
  }

  immediateFor(width: Width): number {
    const value = this.immediate();
    return width === 'byte' ? (value << 24) >> 24 : width === 'word' ? (value << 16) >> 16 : value;
  }
}
