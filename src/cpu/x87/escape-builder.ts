/**
 * How the interpreter's functions come to x87 functions: by the record, which names the function and says what its memory operand is (x87RecordWord). What
 * cannot go that way goes to the service, which does everything.
 */
import type { Operand, ServiceName } from '../../isa/builder.ts';
import { Status } from '../fpu-stack.ts';
import { Field } from '../record.ts';
import { fieldAddress, MEMORY_BIAS, SegmentCache, segmentAddress } from '../state.ts';
import type { LocalNode, Node } from '../wasm-arithmetic.ts';
import { WasmBuilder } from '../wasm-builder.ts';
import { Done } from './row-body.ts';

/** Where the x87 functions begin in the module's table, and the index of their type. */
export interface X87Table {
  readonly first: number;
  readonly type: number;
}

const PAGE_MASK = 0xfff;
const CR0 = { MP: 2, TS: 8 } as const;

type X87Service = 'fpuRegister' | 'fpuMemory' | 'fpuWait';
export const isX87Service = (name: ServiceName): name is X87Service => /^fpu(Register|Memory|Wait)$/.test(name);

/** Takes a condition under which the service must do the instruction, and leaves when it holds; until then nothing has been changed. */
export type Refuse = (when: Node) => void;

export abstract class EscapeBuilder extends WasmBuilder {
  /** Address of a TLB in use. */
  protected abstract tlb(write: boolean): Node;

  protected tlbWord(linear: Node, write: boolean): LocalNode {
    return this.wordOf(this.tlb(write), linear);
  }

  private wordOf(tlb: Node, linear: Node): LocalNode {
    return this.loadAt(this.add(tlb, this.tlbOffset(linear)), 0, 4) as LocalNode;
  }

  /** 1 when an operand lies outside its segment. */
  protected abstract outsideSegment(cache: Node, offset: Node, size: Node, write: Node): Node;

  /** Does what an x87 service mostly does. */
  protected tryX87(table: X87Table, service: X87Service, operands: readonly Node[], refuse: Refuse): void {
    if (service === 'fpuWait') this.passWait(refuse);
    else this.callFunction(table, service === 'fpuMemory' ? operands[1] : undefined, refuse);
  }

  /** WAIT where there is nothing to wait for, and the FPU not another task's. */
  private passWait(refuse: Refuse): void {
    const both = this.k(CR0.MP | CR0.TS);
    refuse(this.eq(this.and(this.loadState(fieldAddress('cr0')), both), both));
    refuse(this.and(this.loadState(fieldAddress('fpuStatus')), this.k(Status.ES)));
  }

  /** `offset`: of the memory operand, where there is one. */
  private callFunction(table: X87Table, offset: Node | undefined, refuse: Refuse): void {
    const { code } = this;
    const operand = offset ? this.hostAddressOf(offset, refuse) : this.and(this.field(Field.imm, 4), this.k(7));
    this.emit(operand);
    this.emit(this.add(this.field(Field.imm2, 1), this.k(table.first)));
    const done = this.temporary() as LocalNode;
    code.callIndirect(table.type).set(done.index);
    refuse(this.eqz(done));
    this.if(this.eq(done, this.k(Done.pointers)), () => this.notePointers(offset));
  }

  private hostAddressOf(offset: Node, refuse: Refuse): Node {
    const bytes = this.field(Field.imm2 + 1, 1);
    const writes = this.field(Field.imm2 + 2, 1);
    let linear = offset;
    if (!this.isFlat(this.form.operands[0] as Operand)) {
      const cache = this.field(Field.segment, 2);
      refuse(this.outsideSegment(cache, offset, bytes, writes));
      linear = this.let(this.add(offset, this.loadAt(cache, SegmentCache.base, 4)));
    }
    const entry = this.wordOf(this.select(writes, this.tlb(true), this.tlb(false)), linear);
    const barred = this.isBarred(entry);
    const crosses = this.ltu(this.sub(this.k(PAGE_MASK + 1), bytes), this.and(linear, this.k(PAGE_MASK)));
    refuse(this.or(barred, crosses));
    return this.add(this.add(linear, entry), this.k(MEMORY_BIAS));
  }

  /** As notePointers() in fpu.ts. */
  private notePointers(offset: Node | undefined): void {
    this.storeState(fieldAddress('fpuOpcode'), this.field(Field.imm, 4));
    const pcBase = this.loadState(fieldAddress('pcBase'));
    this.storeState(fieldAddress('fpuInstruction'), this.add(pcBase, this.field(Field.offset, 2)));
    const selector = this.loadState(segmentAddress('cs') + SegmentCache.selector, 2);
    this.storeState(fieldAddress('fpuInstructionSelector'), selector);
    if (!offset) return;
    this.storeState(fieldAddress('fpuData'), offset);
    const dataSelector = this.loadAt(this.field(Field.segment, 2), SegmentCache.selector, 2);
    this.storeState(fieldAddress('fpuDataSelector'), dataSelector);
  }
}
