/**
 * How to get from a function's frame to its caller's, by the call frame information of .eh_frame and .debug_frame: where the caller's registers were
 * saved at each instruction. Source: DWARF 5, 6.4; System V ABI, i386 supplement (register numbers); Linux Standard Base, "Exception Frames".
 *
 * *Not modelled*: rules that are expressions, which glibc has for signal frames and procedure linkage tables: such a frame has no caller here.
 */
import { ByteCursor } from './byte-cursor.ts';
import { debugSections, textAt } from './dwarf-lines.ts';
import type { Elf32 } from './elf32.ts';

/** EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, EIP: DWARF's numbers 0 to 8. Undefined where it is not known any more. */
export type FrameRegisters = readonly (number | undefined)[];

const ESP = 4;
const EIP = 8;
/** Those that a function gives back as it found them: EBX, EBP, ESI, EDI. */
const PRESERVED: ReadonlySet<number> = new Set([3, 5, 6, 7]);

interface Common {
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  readonly returnRegister: number;
  readonly instructions: readonly [from: number, to: number];
  /** Encoding of addresses in .eh_frame. */
  readonly encoding: number;
  readonly hasAugmentation: boolean;
}

interface Description {
  readonly start: number;
  readonly end: number;
  readonly common: Common;
  readonly bytes: Uint8Array;
  readonly instructions: readonly [from: number, to: number];
}

type Rule =
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'value'; readonly offset: number }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'same' }
  | { readonly kind: 'undefined' }
  | { readonly kind: 'expression' };

interface Row {
  /** The canonical frame address: register plus offset; undefined: an expression. */
  cfa: { register: number; offset: number } | undefined;
  rules: Map<number, Rule>;
}

export class FrameTable {
  private readonly descriptions: readonly Description[];
  private readonly bias: number;

  private constructor(descriptions: readonly Description[], bias: number) {
    this.descriptions = [...descriptions].sort((a, b) => a.start - b.start);
    this.bias = bias;
  }

  static of(elf: Elf32, bias = 0): FrameTable {
    const section = debugSections(elf);
    const at = elf.sections.find(s => s.name === '.eh_frame')?.address ?? 0;
    return new FrameTable([...read(section('.eh_frame'), at, true), ...read(section('.debug_frame'), 0, false)], bias);
  }

  /**
   * The caller's registers. `address`: EIP of the innermost frame, for outer ones a byte before, within the call. Undefined when there is no information for
   * it; 'end' when that says that nobody called.
   */
  caller(
    address: number,
    registers: FrameRegisters,
    read32: (linear: number) => number | undefined,
  ): FrameRegisters | 'end' | undefined {
    const found = this.find((address - this.bias) >>> 0);
    const row = found && rowAt(found, (address - this.bias) >>> 0);
    if (!found || !row?.cfa) return undefined;
    const base = registers[row.cfa.register];
    if (base === undefined) return undefined;
    const cfa = (base + row.cfa.offset) >>> 0;
    const value = (register: number): number | undefined => {
      const rule = row.rules.get(register);
      switch (rule?.kind) {
        case undefined:
        case 'same':
          return PRESERVED.has(register) ? registers[register] : undefined;
        case 'offset':
          return read32((cfa + rule.offset) >>> 0);
        case 'value':
          return (cfa + rule.offset) >>> 0;
        case 'register':
          return registers[rule.register];
        default:
          return undefined;
      }
    };
    const { returnRegister } = found.common;
    if (row.rules.get(returnRegister)?.kind === 'undefined') return 'end';
    const result = Array.from({ length: 9 }, (_, register) => value(register));
    result[ESP] = cfa;
    result[EIP] = value(returnRegister);
    return result[EIP] === undefined ? undefined : result;
  }

  private find(address: number): Description | undefined {
    let low = 0;
    let high = this.descriptions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.descriptions[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.descriptions[low - 1];
    return found && address < found.end ? found : undefined;
  }
}

function read(bytes: Uint8Array, sectionAddress: number, isEh: boolean): Description[] {
  const found: Description[] = [];
  const commons = new Map<number, Common | undefined>();
  const cursor = new ByteCursor(bytes);
  while (!cursor.ended) {
    const { length } = cursor.initialLength();
    const body = cursor.at;
    const end = body + length;
    if (length === 0 || end > bytes.length) break;
    const entry = new ByteCursor(bytes, body, end);
    cursor.at = end;
    const id = entry.u32();
    if (id === (isEh ? 0 : 0xffffffff)) continue;
    const commonAt = isEh ? body - id : id;
    if (!commons.has(commonAt)) commons.set(commonAt, readCommon(bytes, commonAt));
    const common = commons.get(commonAt);
    if (!common) continue;
    const start = isEh ? encoded(entry, common.encoding, sectionAddress) : entry.u32();
    const size = isEh ? encoded(entry, common.encoding & 0x0f, 0) : entry.u32();
    if (start === undefined || size === undefined) continue;
    if (common.hasAugmentation) entry.skip(entry.uleb());
    found.push({ start, end: start + size, common, bytes, instructions: [entry.at, end] });
  }
  return found;
}

function readCommon(bytes: Uint8Array, at: number): Common | undefined {
  const outer = new ByteCursor(bytes, at);
  const { length } = outer.initialLength();
  const end = outer.at + length;
  if (end > bytes.length) return undefined;
  const cursor = new ByteCursor(bytes, outer.at, end);
  cursor.u32(); // its identifier
  const version = cursor.u8();
  const augmentation = textAt(bytes, cursor.at);
  cursor.text();
  if (version >= 4) cursor.skip(2);
  const codeAlignment = cursor.uleb();
  const dataAlignment = cursor.sleb();
  const returnRegister = version === 1 ? cursor.u8() : cursor.uleb();
  let encoding = 0;
  const hasAugmentation = augmentation.startsWith('z');
  if (hasAugmentation) {
    const next = cursor.uleb() + cursor.at;
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') encoding = cursor.u8();
      else if (letter === 'L') cursor.u8();
      else if (letter === 'P') encoded(cursor, cursor.u8(), 0);
    }
    cursor.at = next;
  } else if (augmentation !== '') return undefined;
  return { codeAlignment, dataAlignment, returnRegister, instructions: [cursor.at, end], encoding, hasAugmentation };
}

/** An address as .eh_frame encodes it: DW_EH_PE_. Undefined when it is told in a way that programs on disk do not use. */
function encoded(cursor: ByteCursor, encoding: number, sectionAddress: number): number | undefined {
  const RELATIVE = 0x10;
  const at = sectionAddress + cursor.at;
  let value: number;
  switch (encoding & 0x0f) {
    case 0x00:
    case 0x03:
    case 0x0b:
      value = cursor.i32();
      break;
    case 0x01:
      value = cursor.uleb();
      break;
    case 0x02:
      value = cursor.u16();
      break;
    case 0x0a:
      value = (cursor.u16() << 16) >> 16;
      break;
    default:
      return undefined;
  }
  if ((encoding & 0x70) === RELATIVE) return (at + value) >>> 0;
  return (encoding & 0xf0) === 0 ? value >>> 0 : undefined;
}

/** The rules at an address: those of the common entry, changed by instructions up to there. */
function rowAt({ start, common, bytes, instructions }: Description, address: number): Row {
  const row: Row = { cfa: { register: ESP, offset: 4 }, rules: new Map() };
  const initial = new Map<number, Rule>();
  execute(new ByteCursor(bytes, ...common.instructions), common, row, initial, start, 0xffffffff);
  for (const [register, rule] of row.rules) initial.set(register, rule);
  execute(new ByteCursor(bytes, ...instructions), common, row, initial, start, address);
  return row;
}

function execute(
  cursor: ByteCursor,
  { codeAlignment, dataAlignment }: Common,
  row: Row,
  initial: ReadonlyMap<number, Rule>,
  start: number,
  address: number,
): void {
  let at = start;
  const saved: Row[] = [];
  const advance = (by: number): boolean => {
    at += by * codeAlignment;
    return at > address;
  };
  const restore = (register: number): void => {
    const rule = initial.get(register);
    if (rule) row.rules.set(register, rule);
    else row.rules.delete(register);
  };
  const setOffset = (register: number, factored: number): void => {
    row.rules.set(register, { kind: 'offset', offset: factored * dataAlignment });
  };
  while (!cursor.ended) {
    const opcode = cursor.u8();
    const low = opcode & 0x3f;
    switch (opcode >> 6) {
      case 1:
        if (advance(low)) return;
        continue;
      case 2:
        setOffset(low, cursor.uleb());
        continue;
      case 3:
        restore(low);
        continue;
    }
    switch (opcode) {
      case 0x00: // nop
        break;
      case 0x01: // set_loc
        at = cursor.u32();
        if (at > address) return;
        break;
      case 0x02: // advance_loc1, 2, 4
        if (advance(cursor.u8())) return;
        break;
      case 0x03:
        if (advance(cursor.u16())) return;
        break;
      case 0x04:
        if (advance(cursor.u32())) return;
        break;
      case 0x05: // offset_extended
        setOffset(cursor.uleb(), cursor.uleb());
        break;
      case 0x06: // restore_extended
        restore(cursor.uleb());
        break;
      case 0x07: // undefined
        row.rules.set(cursor.uleb(), { kind: 'undefined' });
        break;
      case 0x08: // same_value
        row.rules.set(cursor.uleb(), { kind: 'same' });
        break;
      case 0x09: // register
        row.rules.set(cursor.uleb(), { kind: 'register', register: cursor.uleb() });
        break;
      case 0x0a: // remember_state
        saved.push({ cfa: row.cfa && { ...row.cfa }, rules: new Map(row.rules) });
        break;
      case 0x0b: {
        const before = saved.pop();
        if (before) Object.assign(row, before);
        break;
      }
      case 0x0c: // def_cfa
        row.cfa = { register: cursor.uleb(), offset: cursor.uleb() };
        break;
      case 0x0d: // def_cfa_register
        if (row.cfa) row.cfa.register = cursor.uleb();
        else cursor.uleb();
        break;
      case 0x0e: // def_cfa_offset
        if (row.cfa) row.cfa.offset = cursor.uleb();
        else cursor.uleb();
        break;
      case 0x0f: // def_cfa_expression
        cursor.skip(cursor.uleb());
        row.cfa = undefined;
        break;
      case 0x10: // expression
      case 0x16: // val_expression
        row.rules.set(cursor.uleb(), { kind: 'expression' });
        cursor.skip(cursor.uleb());
        break;
      case 0x11: // offset_extended_sf
        setOffset(cursor.uleb(), cursor.sleb());
        break;
      case 0x12: // def_cfa_sf
        row.cfa = { register: cursor.uleb(), offset: cursor.sleb() * dataAlignment };
        break;
      case 0x13: // def_cfa_offset_sf
        if (row.cfa) row.cfa.offset = cursor.sleb() * dataAlignment;
        else cursor.sleb();
        break;
      case 0x14: // val_offset
        row.rules.set(cursor.uleb(), { kind: 'value', offset: cursor.uleb() * dataAlignment });
        break;
      case 0x15: // val_offset_sf
        row.rules.set(cursor.uleb(), { kind: 'value', offset: cursor.sleb() * dataAlignment });
        break;
      case 0x2e: // GNU_args_size
        cursor.uleb();
        break;
      default:
        return;
    }
  }
}
