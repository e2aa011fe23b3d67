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
  readonly exception: { readonly vector: number; readonly flagsAddress: number } | undefined;
}

/** Vectors of one file, with what the file itself says about them. */
export interface VectorFile {
  /** The file's name of the processor, such as `8086`, `C286`, `386E`; empty when it says nothing. */
  readonly cpu: string;
  readonly vectors: readonly Vector[];
}
