/** `run`: the loop around a br_table of hot handlers, which know only the fast way; see interpreter.ts. */
import type { ServiceName } from '../isa/builder.ts';
import { Code, type Label, Op } from '../wasm/code.ts';
import type { Module } from '../wasm/module.ts';
import type { ExecutableForm } from './form-enumeration.ts';
import { FIRST_FORM } from './forms.ts';
import { RECORD_TO_OUTCOME, storeEipOfRecord } from './interpreter-imports.ts';
import { Outcome } from './outcome.ts';
import { Field, MAX_BLOCK, RECORD_SIZE } from './record.ts';
import { type FieldName, fieldAddress, HOT_JUMP, JUMP_CACHE, JUMP_CACHE_ENTRIES } from './state.ts';
import { type LocalNode, type LocalPool, type Node, RECORD } from './wasm-arithmetic.ts';
import { EscapeBuilder, isX87Service, type X87Table } from './x87/escape-builder.ts';

// Locals of `run` after the record and the 64-bit temporary.
const BUDGET = 2;
const TARGET = 3;
const TLB_READ = 4;
const TLB_WRITE = 5;
const ENTRY = 6;
const FIRST_HOT_TEMPORARY = 7;

export function addRun(module: Module, hot: readonly ExecutableForm[], x87: X87Table | undefined): number {
  const code = new Code();
  const pool: LocalPool = { first: FIRST_HOT_TEMPORARY, used: 0 };
  const tableType = module.typeIndex(RECORD_TO_OUTCOME);
  const state = (name: FieldName) => code.const(0).load(4, fieldAddress(name));

  state('budget').set(BUDGET);
  state('tlbRead').set(TLB_READ);
  state('tlbWrite').set(TLB_WRITE);
  const dispatch = code.loop();
  const lookup = code.block();
  const taken = code.block();
  const slow = code.block();
  const labels: Label[] = hot.map(() => code.block()).reverse();
  if (hot[0]!.id !== FIRST_FORM) throw new Error('hot forms do not come first');
  code.get(RECORD).load(2, Field.form);
  // All pseudo forms but the end of a block, which is a jump, and the cold forms go the slow way; hot forms follow without gaps.
  code.brTable([slow, slow, taken, slow, slow, ...labels], slow);
  for (const form of hot) {
    code.end();
    form.lift(new HotBuilder(form, code, pool, { lookup, taken, slow }, x87), form);
    code.get(RECORD).const(RECORD_SIZE).op(Op.i32_add).set(RECORD).br(dispatch);
  }
  code.end();

  // slow: the form's cold function does it.
  code.const(0).get(BUDGET).store(4, fieldAddress('budget'));
  code.const(0).get(RECORD).store(4, fieldAddress('exitRecord'));
  code.get(RECORD).get(RECORD).load(2, Field.form).callIndirect(tableType).set(TARGET);
  state('budget').set(BUDGET);
  code.get(TARGET).op(Op.i32_eqz).if();
  code.get(RECORD).const(RECORD_SIZE).op(Op.i32_add).set(RECORD).br(dispatch);
  code.end();
  leaveBlock(code);
  code.get(TARGET).const(Outcome.jump).op(Op.i32_ne).if();
  code.const(0).get(BUDGET).store(4, fieldAddress('budget'));
  code.get(TARGET).const(Outcome.record).op(Op.i32_eq).if();
  state('tlbRead').set(TLB_READ);
  state('tlbWrite').set(TLB_WRITE);
  state('exitRecord').set(RECORD);
  code.br(dispatch);
  code.end();
  code.get(TARGET).const(Outcome.fault).op(Op.i32_eq).if();
  storeEipOfRecord(code);
  code.end();
  code.get(TARGET).op(Op.return);
  code.end();
  // A service may have changed CPL and with it the TLBs in use.
  state('tlbRead').set(TLB_READ);
  state('tlbWrite').set(TLB_WRITE);
  state('eip').set(TARGET);
  code.br(lookup);

  // taken: a direct jump. The link is a record, 0 when not yet known, 1 when the target lies on another page.
  code.end();
  leaveBlock(code);
  code.get(RECORD).get(RECORD).load(4, Field.taken).const(1).op(Op.i32_add).tee(ENTRY).store(4, Field.taken);
  code.get(ENTRY).const(0).load(4, HOT_JUMP).op(Op.i32_eq).if();
  jumpTarget(code);
  leaveAtTarget(code, Outcome.hot);
  code.end();
  code.get(RECORD).load(4, Field.link).set(ENTRY);
  code.get(ENTRY).const(1).op(Op.i32_gt_u).if();
  code.get(ENTRY).set(RECORD);
  code.get(BUDGET).const(MAX_BLOCK).op(Op.i32_ge_s).brIf(dispatch);
  storeEipOfRecord(code);
  code.const(0).get(BUDGET).store(4, fieldAddress('budget'));
  code.const(Outcome.next).op(Op.return);
  code.end();
  jumpTarget(code);
  code.get(ENTRY).brIf(lookup);
  leaveAtTarget(code, Outcome.link);

  // lookup: TARGET is the EIP to go on at.
  code.end();
  code.const(0).get(TARGET).store(4, fieldAddress('eip'));
  code.const(0).get(BUDGET).store(4, fieldAddress('budget'));
  code.block();
  const miss = lookup; // the same depth: the block that has just ended
  code.get(BUDGET).const(MAX_BLOCK).op(Op.i32_lt_s).brIf(miss);
  code.get(TARGET);
  state('fetchLimit').op(Op.i32_gt_u).brIf(miss);
  const linear = FIRST_HOT_TEMPORARY;
  code.get(TARGET);
  state('csBase').op(Op.i32_add).set(linear);
  // Entries are chosen by the low bits with page bits mixed in, so that like offsets on different pages spread.
  code.get(linear).get(linear).const(12).op(Op.i32_shr_u).op(Op.i32_xor);
  code
    .const(JUMP_CACHE_ENTRIES - 1)
    .op(Op.i32_and)
    .const(4)
    .op(Op.i32_shl)
    .set(ENTRY);
  code.get(ENTRY).load(4, JUMP_CACHE).get(linear).op(Op.i32_ne).brIf(miss);
  // Most entries are good while the TLB has the same word for their page, some for one generation of address translation.
  code.get(ENTRY).load(4, JUMP_CACHE + 4);
  state('codeKey').op(Op.i32_eq).if();
  code.get(TLB_READ).get(linear).const(10).op(Op.i32_shr_u).const(0x3ffffc).op(Op.i32_and).op(Op.i32_add).load(4, 0);
  code
    .get(ENTRY)
    .load(4, JUMP_CACHE + 12)
    .op(Op.i32_ne)
    .brIf(miss);
  code.else();
  code.get(ENTRY).load(4, JUMP_CACHE + 4);
  state('key').op(Op.i32_ne).brIf(miss);
  code.end();
  code.const(0).get(TARGET).get(linear).const(0xfff).op(Op.i32_and).op(Op.i32_sub).store(4, fieldAddress('pcBase'));
  code
    .get(ENTRY)
    .load(4, JUMP_CACHE + 8)
    .set(RECORD);
  code.br(dispatch);
  code.end();
  code.const(Outcome.next).op(Op.return);
  code.end();
  code.op(Op.unreachable);
  return module.addFunction(RECORD_TO_OUTCOME, { i64: 1, i32: FIRST_HOT_TEMPORARY - 2 + Math.max(1, pool.used) }, code);
}

/** TARGET: where the direct jump in RECORD goes. */
function jumpTarget(code: Code): void {
  code.const(0).load(4, fieldAddress('pcBase')).get(RECORD).load(2, Field.next).op(Op.i32_add);
  code.get(RECORD).load(4, Field.imm).op(Op.i32_add).set(TARGET);
}

/** Leaves `run` at TARGET because of the jump in RECORD. */
function leaveAtTarget(code: Code, outcome: number): void {
  code.const(0).get(RECORD).store(4, fieldAddress('exitRecord'));
  code.const(0).get(TARGET).store(4, fieldAddress('eip'));
  code.const(0).get(BUDGET).store(4, fieldAddress('budget'));
  code.const(outcome).op(Op.return);
}

/** Takes the block's instructions up to this one off the budget. */
function leaveBlock(code: Code): void {
  code.get(BUDGET).get(RECORD).load(1, Field.index).op(Op.i32_sub).const(1).op(Op.i32_sub).set(BUDGET);
}

interface HotLabels {
  readonly lookup: Label;
  readonly taken: Label;
  readonly slow: Label;
}

class HotBuilder extends EscapeBuilder {
  private readonly labels: HotLabels;
  private readonly x87: X87Table | undefined;

  constructor(form: ExecutableForm, code: Code, pool: LocalPool, labels: HotLabels, x87: X87Table | undefined) {
    super(form, code, pool);
    this.labels = labels;
    this.x87 = x87;
  }

  protected tlb(write: boolean): Node {
    return { kind: 'local', index: write ? TLB_WRITE : TLB_READ };
  }

  protected resolve(linear: Node, entry: LocalNode, size: number): Node {
    const place = this.variable(this.add(linear, entry));
    this.emit(this.isSlow(linear, entry, size));
    this.code.brIf(this.labels.slow);
    return place;
  }

  protected stored(): void {}

  protected checkSegment(): void {
    this.code.br(this.labels.slow);
  }

  checkTarget(): void {}

  jump(eip: Node): void {
    this.emit(eip);
    this.code.set(TARGET);
    leaveBlock(this.code);
    this.code.br(this.labels.lookup);
  }

  jumpRelative(): void {
    this.code.br(this.labels.taken);
  }

  raise(): void {
    this.code.br(this.labels.slow);
  }

  /** What x87 instructions mostly do is for here; no other service is. */
  service(name: ServiceName, ...operands: Node[]): void {
    const refuse = (when: Node): void => {
      this.emit(when);
      this.code.brIf(this.labels.slow);
    };
    if (this.x87 && isX87Service(name)) this.tryX87(this.x87, name, operands, refuse);
    else this.code.br(this.labels.slow);
  }

  protected outsideSegment(): Node {
    throw new Error('segmented forms are not hot');
  }

  repeat(): void {
    throw new Error('string instructions are not hot');
  }
}
