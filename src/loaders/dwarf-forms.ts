/** Attribute forms: how long a value is, and which are texts. Source: DWARF 5, 7.5.6; earlier versions' forms are among them. */
import type { ByteCursor } from './byte-cursor.ts';

export interface FormContext {
  readonly offsetSize: 4 | 8;
  readonly addressSize: number;
  readonly version: number;
  /** .debug_str and .debug_line_str. */
  readonly strings: Uint8Array;
  readonly lineStrings: Uint8Array;
  textAt(section: Uint8Array, offset: number): string;
}

/** A text or a number; undefined for what is neither or has been skipped. Forms that are not known end the reading: false. */
export type FormValue = string | number | undefined | false;

export function readForm(cursor: ByteCursor, form: number, context: FormContext, implicit = 0): FormValue {
  const { offsetSize, addressSize, version } = context;
  switch (form) {
    case 0x01: // addr
      return cursor.unsigned(addressSize);
    case 0x03: // block2
      cursor.skip(cursor.u16());
      return undefined;
    case 0x04: // block4
      cursor.skip(cursor.u32());
      return undefined;
    case 0x05: // data2
    case 0x12: // ref2
    case 0x26: // strx2
    case 0x2a: // addrx2
      return cursor.u16();
    case 0x06: // data4
    case 0x13: // ref4
    case 0x1c: // ref_sup4
    case 0x28: // strx4
    case 0x2c: // addrx4
      return cursor.u32();
    case 0x07: // data8
    case 0x14: // ref8
    case 0x20: // ref_sig8
    case 0x24: // ref_sup8
      return cursor.u64();
    case 0x08: // string
      return cursor.text();
    case 0x09: // block
    case 0x18: // exprloc
      cursor.skip(cursor.uleb());
      return undefined;
    case 0x0a: // block1
      cursor.skip(cursor.u8());
      return undefined;
    case 0x0b: // data1
    case 0x0c: // flag
    case 0x11: // ref1
    case 0x25: // strx1
    case 0x29: // addrx1
      return cursor.u8();
    case 0x0d: // sdata
      return cursor.sleb();
    case 0x0e: // strp
      return context.textAt(context.strings, cursor.unsigned(offsetSize));
    case 0x0f: // udata
    case 0x15: // ref_udata
    case 0x1a: // strx
    case 0x1b: // addrx
    case 0x22: // loclistx
    case 0x23: // rnglistx
      return cursor.uleb();
    case 0x10: // ref_addr: as long as an address in DWARF 2
      return cursor.unsigned(version <= 2 ? addressSize : offsetSize);
    case 0x17: // sec_offset
    case 0x1d: // strp_sup
      return cursor.unsigned(offsetSize);
    case 0x19: // flag_present
      return 1;
    case 0x1e: // data16
      cursor.skip(16);
      return undefined;
    case 0x1f: // line_strp
      return context.textAt(context.lineStrings, cursor.unsigned(offsetSize));
    case 0x21: // implicit_const: in the abbreviation
      return implicit;
    case 0x27: // strx3
    case 0x2b: // addrx3
      cursor.skip(3);
      return undefined;
    default:
      return false;
  }
}
