/**
 * A recorded vector: one instruction, the state before it and the state after it, whatever file form it came in (moo.ts, vector-json.ts).
 * 16-bit chips are held in the same shape as the 386: `eax` is then AX, zero-extended.
 */

/** In the order of the bits of MOO's RG32 chunk. */
export const VectorRegisters = [
  'cr0',
  'cr3',
  'eax',
  'ebx',
  'ecx',
  'edx',
  'esi',
  'edi',
  'ebp',
  'esp',
  'cs',
  'ds',
  'es',
  'fs',
  'gs',
  'ss',
  'eip',
  'eflags',
  'dr6',
  'dr7',
] as const;
export type VectorRegister = (typeof VectorRegisters)[number];
export type RegisterValues = Readonly<Partial<Record<VectorRegister, number>>>;

export interface VectorState {
  /** Unsigned. */
  readonly registers: RegisterValues;
  /** Bytes of memory: [physical address, value]. */
  readonly memory: readonly (readonly [number, number])[];
}

export interface Vector {
  readonly index: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** All registers. */
  readonly initial: VectorState;
  /** Changed registers, and memory that differs. */
  readonly final: VectorState;
  /** Bits of a register that are defined afterwards; all, where it is not named. */
  readonly masks: RegisterValues;
  /** Of vectors from a host process: how it ended, where not by the INT3 after the instruction. */
  readonly fault?: VectorFault | undefined;
  readonly exception: { readonly vector: number; readonly flagsAddress: number } | undefined;
}

export interface VectorFault {
  readonly vector: number;
  /** 0 for vectors without one. */
  readonly error: number;
  /** Of a page fault, else 0. */
  readonly cr2: number;
}

/** Where vectors of a host process live: docs/host-vectors.md. Linear addresses; tables as the process had them. */
export interface VectorAreas {
  /** One page of code. */
  readonly code: number;
  /** Two pages of data; the page before them is read-only. */
  readonly data: number;
  /** What the read-only page and the data pages hold before each vector. */
  readonly pattern: Uint8Array;
  readonly gdt: Uint8Array;
  readonly ldt: Uint8Array;
}

/** Vectors of one file, with what the file itself says about them. */
export interface VectorFile {
  /** The file's name of the processor, such as `8086`, `C286`, `386E`; empty when it says nothing. */
  readonly cpu: string;
  readonly vectors: readonly Vector[];
  readonly areas?: VectorAreas | undefined;
}
