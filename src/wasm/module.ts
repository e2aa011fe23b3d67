/**
 * Assembles a WebAssembly module: types, imports, functions, one table, exports.
 * Source: WebAssembly Core Specification 2.0, section 5.5 (modules); branch hints as the Branch Hinting proposal has them. Knows nothing of x86.
 */
import { Code, F32, F64, I32, I64, V128, type ValueType } from './code.ts';

export interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** How many locals of each type follow the parameters, in this order. */
export interface LocalCounts {
  readonly i64: number;
  readonly i32: number;
  readonly f64?: number;
  readonly v128?: number;
  readonly f32?: number;
  /** More of i64. */
  readonly wide?: number;
  /** More of i32: those whose number is known last. */
  readonly temporaries?: number;
}

const LocalTypes = [
  ['i64', I64],
  ['i32', I32],
  ['f64', F64],
  ['v128', V128],
  ['f32', F32],
  ['wide', I64],
  ['temporaries', I32],
] as const satisfies readonly (readonly [keyof LocalCounts, ValueType])[];

/** What follows the parameters: so many of each type, or a type for each. */
export type Locals = LocalCounts | readonly ValueType[];

interface FunctionBody {
  readonly type: number;
  readonly locals: Locals;
  readonly code: Code;
}

/** Kinds of imports and exports. */
const [FUNCTION, TABLE, MEMORY] = [0, 1, 2] as const;

const Section = { custom: 0, type: 1, import: 2, function: 3, table: 4, export: 7, element: 9, code: 10 } as const;

export class Module {
  private readonly types: Signature[] = [];
  private readonly imports: { module: string; name: string; type: number }[] = [];
  private readonly functions: FunctionBody[] = [];
  private readonly exports: { name: string; index: number; kind: number }[] = [];
  private importedTable: { module: string; name: string; size: number } | undefined;
  private readonly table: number[] = [];
  private tableSize = 0;
  private readonly customs: { name: string; bytes: Uint8Array }[] = [];
  private memory: { module: string; name: string; pages: number } | undefined;

  typeIndex(signature: Signature): number {
    const same = (a: readonly ValueType[], b: readonly ValueType[]) =>
      a.length === b.length && a.every((t, i) => t === b[i]);
    const found = this.types.findIndex(t => same(t.params, signature.params) && same(t.results, signature.results));
    return found >= 0 ? found : this.types.push(signature) - 1;
  }

  /** Declares the memory as imported; `pages` of 64 KiB is its least size. */
  importMemory(module: string, name: string, pages: number): void {
    this.memory = { module, name, pages };
  }

  /** Imports must be declared before the first function: they come first in the index space. */
  importFunction(module: string, name: string, signature: Signature): number {
    if (this.functions.length > 0) throw new Error(`import ${module}.${name} declared after a function`);
    return this.imports.push({ module, name, type: this.typeIndex(signature) }) - 1;
  }

  /** Adds a function and returns its index. */
  addFunction(signature: Signature, locals: Locals, code: Code): number {
    const index = this.imports.length + this.functions.length;
    this.functions.push({ type: this.typeIndex(signature), locals, code });
    return index;
  }

  export(name: string, index: number): void {
    this.exports.push({ name, index, kind: FUNCTION });
  }

  /** Exports the module's own table. */
  exportTable(name: string): void {
    this.exports.push({ name, index: 0, kind: TABLE });
  }

  /** Uses an imported table of at least `size` functions in place of an own one. */
  importTable(module: string, name: string, size: number): void {
    this.importedTable = { module, name, size };
  }

  /** Appends a function to the module's own table and returns its slot. */
  addToTable(index: number): number {
    return this.table.push(index) - 1;
  }

  /** Gives the module's own table `slots` slots beyond those of addToTable(), empty at first; the first of them. */
  reserveTable(slots: number): number {
    this.tableSize = this.table.length + slots;
    return this.table.length;
  }

  /** Appends a custom section: bytes that travel with the module. */
  custom(name: string, bytes: Uint8Array): void {
    this.customs.push({ name, bytes });
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const out = new Code();
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte);
    vector(out, Section.type, this.types, (code, type) => {
      code.byte(0x60).unsigned(type.params.length);
      for (const t of type.params) code.byte(t);
      code.unsigned(type.results.length);
      for (const t of type.results) code.byte(t);
    });
    const memory = this.memory;
    const table = this.importedTable;
    vector(
      out,
      Section.import,
      [...this.imports, ...(memory ? [memory] : []), ...(table ? [table] : [])],
      (code, entry) => {
        text(code, entry.module);
        text(code, entry.name);
        if ('type' in entry) code.byte(FUNCTION).unsigned(entry.type);
        else if ('pages' in entry) code.byte(MEMORY).byte(0).unsigned(entry.pages);
        else code.byte(TABLE).byte(0x70).byte(0).unsigned(entry.size);
      },
    );
    vector(out, Section.function, this.functions, (code, f) => code.unsigned(f.type));
    const slots = Math.max(this.table.length, this.tableSize);
    if (slots > 0) vector(out, Section.table, [0], code => code.byte(0x70).byte(0).unsigned(slots));
    vector(out, Section.export, this.exports, (code, e) => {
      text(code, e.name);
      code.byte(e.kind).unsigned(e.index);
    });
    if (this.table.length > 0) {
      vector(out, Section.element, [0], code => {
        code.byte(0).const(0).byte(0x0b).unsigned(this.table.length);
        for (const index of this.table) code.unsigned(index);
      });
    }
    this.writeHints(out);
    vector(out, Section.code, this.functions, (code, f) => {
      const locals = localsOf(f);
      code.unsigned(locals.bytes.length + f.code.bytes.length + 1);
      code.append(locals.bytes);
      code.append(f.code.bytes);
      code.byte(0x0b);
    });
    for (const { name, bytes } of this.customs) {
      const content = new Code();
      text(content, name);
      content.append(bytes);
      out.byte(Section.custom).unsigned(content.bytes.length);
      out.append(content.bytes);
    }
    return out.bytes.slice();
  }

  /** Which branches are not expected to be taken: offsets count from a body's local declarations. Engines that know no hints skip the section. */
  private writeHints(out: Code): void {
    const hinted = this.functions.flatMap((f, i) => (f.code.unlikely.length > 0 ? [{ f, i }] : []));
    if (hinted.length === 0) return;
    const content = new Code();
    text(content, 'metadata.code.branch_hint');
    content.unsigned(hinted.length);
    for (const { f, i } of hinted) {
      const before = localsOf(f).bytes.length;
      content.unsigned(this.imports.length + i).unsigned(f.code.unlikely.length);
      for (const at of f.code.unlikely)
        content
          .unsigned(before + at)
          .unsigned(1)
          .byte(0);
    }
    out.byte(Section.custom).unsigned(content.bytes.length);
    out.append(content.bytes);
  }
}

/** The declarations of a function's locals. */
function localsOf({ locals }: FunctionBody): Code {
  const code = new Code();
  const groups = groupsOf(locals);
  code.unsigned(groups.length);
  for (const { count, type } of groups) code.unsigned(count).byte(type);
  return code;
}

/** Runs of locals of one type, as the format wants them. */
function groupsOf(locals: Locals): { count: number; type: ValueType }[] {
  if ('i64' in locals) {
    return LocalTypes.map(([name, type]) => ({ count: locals[name] ?? 0, type })).filter(({ count }) => count > 0);
  }
  const groups: { count: number; type: ValueType }[] = [];
  for (const type of locals) {
    const last = groups.at(-1);
    if (last?.type === type) last.count++;
    else groups.push({ count: 1, type });
  }
  return groups;
}

function vector<T>(out: Code, section: number, items: readonly T[], write: (code: Code, item: T) => void): void {
  if (items.length === 0) return;
  const content = new Code();
  content.unsigned(items.length);
  for (const item of items) write(content, item);
  out.byte(section).unsigned(content.bytes.length);
  out.append(content.bytes);
}

/** Of ASCII: an encoder takes longer than all the rest of a small module's sections. */
function text(out: Code, value: string): void {
  out.unsigned(value.length);
  out.append(Uint8Array.from(value, letter => letter.charCodeAt(0)));
}
