/** Descriptors and gates as doublewords. SDM vol. 3, 3.4.5, 5.8.3, 6.11, 7.2. */

/** Types of segments and of system descriptors, S in bit 4. */
export const Type = {
  data: 0x12,
  readOnly: 0x10,
  expandDown: 0x16,
  code: 0x1a,
  executeOnly: 0x18,
  conforming: 0x1e,
  tss16: 1,
  ldt: 2,
  busyTss16: 3,
  callGate16: 4,
  taskGate: 5,
  interruptGate16: 6,
  trapGate16: 7,
  tss: 9,
  busyTss: 0xb,
  callGate: 0xc,
  interruptGate: 0xe,
  trapGate: 0xf,
} as const;

export interface DescriptorFields {
  readonly base?: number;
  /** The field of 20 bits. */
  readonly limit?: number;
  readonly type: number;
  readonly dpl?: number;
  readonly present?: boolean;
  /** G and D/B. */
  readonly flags?: number;
}

/** A segment, TSS or LDT; flat and of 32 bits unless told otherwise. */
export function descriptor(fields: DescriptorFields): [number, number] {
  const { base = 0, limit = 0xfffff, type, dpl = 0, present = true, flags = 0xc } = fields;
  const access = type | (dpl << 5) | (present ? 0x80 : 0);
  return [
    (((base & 0xffff) << 16) | (limit & 0xffff)) >>> 0,
    ((base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff)) >>> 0,
  ];
}

export interface GateFields {
  readonly type: number;
  readonly selector: number;
  readonly offset?: number;
  readonly dpl?: number;
  readonly present?: boolean;
  /** Parameters a call gate copies. */
  readonly count?: number;
}

export function gate({ type, selector, offset = 0, dpl = 0, present = true, count = 0 }: GateFields): [number, number] {
  const access = type | (dpl << 5) | (present ? 0x80 : 0);
  return [((selector << 16) | (offset & 0xffff)) >>> 0, ((offset & 0xffff0000) | (access << 8) | (count & 0x1f)) >>> 0];
}
