/** From decoded records to the blocks of regions. */
import type { EngineHost } from '../cpu/engine.ts';
import type { ExecutableForm, FormSource } from '../cpu/form-enumeration.ts';
import { Pseudo } from '../cpu/forms.ts';
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import { fieldAddress, SegmentCache, segmentAddress } from '../cpu/state.ts';
import type { FormTraits } from './form-traits.ts';
import type { Block, End } from './region.ts';

/** Words of a jump table that are looked at, and how far from the jump a target may lie. */
const MOST_TARGETS = 256;
const NEAR = 0x10000;
/** Address of the limit of CS: what is found within it is compiled for it alone. */
export const CODE_LIMIT = segmentAddress('cs') + SegmentCache.limit;
const NONE = fieldAddress('none');

export class BlockFinder {
  private readonly view: DataView;
  private readonly words: Int32Array;
  private readonly source: FormSource;
  private readonly traits: FormTraits;
  private readonly formAt: (record: number) => number;
  /** Where indirect jumps and calls have been seen to go, by their EIP. */
  readonly observed = new Map<number, Set<number>>();

  constructor(buffer: ArrayBuffer, source: FormSource, traits: FormTraits, formAt: (record: number) => number) {
    this.view = new DataView(buffer);
    this.words = new Int32Array(buffer);
    this.source = source;
    this.traits = traits;
    this.formAt = formAt;
  }

  /** The block at an EIP, if it has been decoded and its page is in the TLB. */
  blockAt(host: EngineHost, eip: number): Block | undefined {
    const record = host.blockAt(eip);
    if (record === 0) return undefined;
    const { view } = this;
    const limit = this.words[CODE_LIMIT >> 2]! >>> 0;
    const pcBase = (eip - view.getUint16(record + Field.offset, true)) | 0;
    const forms: ExecutableForm[] = [];
    const eips: number[] = [];
    let at = record;
    let end: End = { kind: 'next' };
    let taken = 0;
    for (;;) {
      const id = this.formAt(at);
      if (id <= Pseudo.resume) break;
      const form = this.source.form(id);
      const start = (pcBase + view.getUint16(at + Field.offset, true)) | 0;
      const next = (pcBase + view.getUint16(at + Field.next, true)) | 0;
      const control = controlOf(form);
      const target = directTarget(form, next, view.getInt32(at + Field.imm, true));
      if ((next - 1) >>> 0 > limit || (target !== undefined && target >>> 0 > limit)) {
        end = { kind: 'leave' };
        break;
      }
      forms.push(form);
      eips.push(start);
      at += RECORD_SIZE;
      if (control) {
        taken = target ?? 0;
        if (control.kind === 'indirect') end = { kind: 'indirect', targets: this.targetsOf(host, record, at, start) };
        else if (control.kind === 'indirect-call') end = { ...control, targets: [...(this.observed.get(start) ?? [])] };
        else end = control;
        break;
      }
      const trait = this.traits.of(form);
      if (trait === 'turn') end = { kind: 'turn' };
      if (trait === 'turn' || trait === 'pass') break;
    }
    // A block that begins with what no region can have is none.
    if (forms.length === 0) return undefined;
    const next = (pcBase + view.getUint16(at - RECORD_SIZE + Field.next, true)) | 0;
    return { eip, record, forms, eips, pcBase, end, taken, next };
  }

  /** The instruction of a record is one of SIMD. */
  isVector(record: number): boolean {
    const form = this.formAt(record);
    return form > Pseudo.resume && this.source.form(form).mnemonic === 'SIMD';
  }

  /** Notes where an indirect jump or call went. */
  observe(jump: number, target: number): void {
    const known = this.observed.get(jump);
    if (known) known.add(target);
    else this.observed.set(jump, new Set([target]));
  }

  /**
   * Where the indirect jump at `eip`, the last of the records in [first, end), may go: what has been seen, and what a table of its block holds that looks like
   * code that has been executed. Guesses: the jump itself is told by EIP.
   */
  private targetsOf(host: EngineHost, first: number, end: number, eip: number): number[] {
    const { view } = this;
    const found = new Set(this.observed.get(eip) ?? []);
    for (let at = end - RECORD_SIZE; at >= first; at -= RECORD_SIZE) {
      // A table of doublewords at a constant address: no base, an index times four.
      const isTable =
        view.getUint8(at + Field.scale) === 2 &&
        view.getUint16(at + Field.base, true) === NONE &&
        view.getUint16(at + Field.addressIndex, true) !== NONE;
      if (!isTable) continue;
      const table = view.getInt32(at + Field.displacement, true);
      for (let i = 0; i < MOST_TARGETS; i++) {
        const target = host.peek((table + i * 4) | 0);
        if (target === undefined || Math.abs(target - eip) > NEAR) break;
        if (host.blockAt(target) !== 0) found.add(target);
      }
      break;
    }
    return [...found];
  }
}

/** How a form that goes elsewhere ends its block; undefined for the others. */
function controlOf({ mnemonic, operands }: ExecutableForm): End | undefined {
  const direct = operands[0]?.kind === 'relative';
  switch (mnemonic) {
    case 'Jcc':
    case 'LOOP':
    case 'LOOPZ':
    case 'LOOPNZ':
    case 'JCXZ':
      return { kind: 'branch' };
    case 'JMP':
      return direct ? { kind: 'jump' } : { kind: 'indirect', targets: [] };
    case 'CALL':
      return direct ? { kind: 'call' } : { kind: 'indirect-call', targets: [] };
    case 'RET':
      return { kind: 'return' };
    default:
      return undefined;
  }
}

/** Where a direct jump goes: with a 16-bit operand within 64 KiB. */
function directTarget({ operands }: ExecutableForm, next: number, displacement: number): number | undefined {
  const first = operands[0];
  if (first?.kind !== 'relative') return undefined;
  const target = (next + displacement) | 0;
  return first.size === 2 ? target & 0xffff : target;
}
