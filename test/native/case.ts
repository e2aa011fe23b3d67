/** A case: one instruction and the state it starts from; and what came of it, on whichever processor. */
import { CaseLayout, INT3, MAX_PATCH, OutcomeLayout } from './layout.ts';

/** Bytes put into the data pages before the case, at an offset in them. */
export interface Patch {
  readonly offset: number;
  readonly bytes: readonly number[];
}

export interface Case {
  /** At most 15 bytes. */
  readonly code: readonly number[];
  /** Offset in CS of the first byte, and the same byte's offset in the code page. */
  readonly eip: number;
  readonly place: number;
  /** EAX to EDI in encoding order. */
  readonly registers: readonly number[];
  readonly eflags: number;
  /** ES, CS, SS, DS, FS, GS. */
  readonly selectors: readonly number[];
  /** At most two, which do not overlap. */
  readonly patches: readonly Patch[];
}

/** Bytes of the data pages that differ from what the case started with. */
export interface Change {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** How a case ended. All numbers unsigned. */
export interface Outcome {
  /** 3 with EIP after an INT3: the instruction is complete, and what follows it (or its target) has been reached. */
  readonly vector: number;
  /** 0 for vectors without one. */
  readonly error: number;
  /** Of a page fault, else 0. */
  readonly cr2: number;
  readonly eip: number;
  readonly eflags: number;
  readonly registers: readonly number[];
  readonly selectors: readonly number[];
  readonly changes: readonly Change[];
}

export function encodeCase(view: DataView, at: number, one: Case): void {
  const { code, eip, place, registers, eflags, selectors, patches } = one;
  for (let i = 0; i < 16; i++) view.setUint8(at + CaseLayout.code + i, code[i] ?? INT3);
  view.setUint32(at + CaseLayout.eip, eip, true);
  view.setUint32(at + CaseLayout.place, place, true);
  for (const [i, value] of registers.entries()) view.setUint32(at + CaseLayout.registers + i * 4, value, true);
  view.setUint32(at + CaseLayout.eflags, eflags, true);
  for (const [i, value] of selectors.entries()) view.setUint16(at + CaseLayout.selectors + i * 2, value, true);
  for (const [i, { offset, bytes }] of patches.entries()) {
    const to = at + CaseLayout.patches + i * (4 + MAX_PATCH);
    view.setUint16(to, offset, true);
    view.setUint16(to + 2, bytes.length, true);
    for (const [j, byte] of bytes.entries()) view.setUint8(to + 4 + j, byte);
  }
}

/** Decodes the outcome at `at`; `end` is where the next one begins. */
export function decodeOutcome(view: DataView, at: number): { outcome: Outcome; end: number } {
  const word = (offset: number) => view.getUint32(at + offset, true);
  const changes: Change[] = [];
  let end = at + OutcomeLayout.bytes;
  for (let left = word(OutcomeLayout.changes); left > 0; left--) {
    const length = view.getUint16(end + 2, true);
    const start = view.byteOffset + end + 4;
    changes.push({ offset: view.getUint16(end, true), bytes: new Uint8Array(view.buffer, start, length) });
    end += 4 + ((length + 3) & ~3);
  }
  const vector = word(OutcomeLayout.vector);
  const outcome: Outcome = {
    vector,
    error: word(OutcomeLayout.error),
    cr2: vector === 14 ? word(OutcomeLayout.cr2) : 0,
    eip: word(OutcomeLayout.eip),
    eflags: word(OutcomeLayout.eflags),
    registers: Array.from({ length: 8 }, (_, i) => word(OutcomeLayout.registers + i * 4)),
    selectors: Array.from({ length: 6 }, (_, i) => view.getUint16(at + OutcomeLayout.selectors + i * 2, true)),
    changes,
  };
  return { outcome, end };
}
