/**
 * Instructions that a region has the interpreter's own function do: strings with REP, services, what reads or loads special registers. The function
 * works on the state in memory and returns an Outcome; where that is not simply the next instruction, the region ends.
 */
import { Outcome } from '../cpu/outcome.ts';
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import { fieldAddress } from '../cpu/state.ts';
import { Op } from '../wasm/code.ts';
import type { Trait } from './form-traits.ts';
import type { Block } from './region.ts';
import { Local, type RegionContext, takeOff } from './region-context.ts';
import { type RegionFrame, stateBudget, stateEip } from './region-frame.ts';
import { Status } from './status.ts';

export interface ColdCallImports {
  /** Function index of the interpreter's function of a form. */
  cold(form: number): number;
}

const stateKey = fieldAddress('key');
const stateDropped = fieldAddress('codeDropped');

/** Calls the function of instruction `index` of a block; goes on after it, or, for a `turn`, never. */
export function callCold(
  context: RegionContext,
  frame: RegionFrame,
  imports: ColdCallImports,
  block: Block,
  index: number,
  trait: Trait,
): void {
  const { code, view } = context;
  const record = block.record + index * RECORD_SIZE;
  const next = (block.pcBase + view.getUint16(record + Field.next, true)) | 0;
  frame.spill();
  code.const(0).const(record).store(4, fieldAddress('exitRecord'));
  code.const(0).const(block.pcBase).store(4, fieldAddress('pcBase'));
  if (trait === 'pass') code.const(0).load(4, stateKey).set(Local.target);
  code.const(record).call(imports.cold(block.forms[index]!.id)).set(Local.status);
  context.compared = undefined;
  context.ranges.clear();

  // Where the function has set EIP and it is the next, all is as for Outcome.next.
  const setsEip = () => code.get(Local.status).const(Outcome.jump).op(Op.i32_eq);
  if (trait === 'turn') {
    uncounted(context, index);
    code.get(Local.status).op(Op.i32_eqz).if();
    code.const(0).const(next).store(4, stateEip);
    code.const(Status.turn).op(Op.return);
    code.end();
    setsEip().if();
    code.const(Status.turn).op(Op.return);
    code.end();
    endedOtherwise(context, block, record);
    return;
  }
  frame.reload();
  code.get(Local.status).if();
  setsEip();
  code.const(0).load(4, stateEip).const(next).op(Op.i32_eq).op(Op.i32_and);
  if (trait === 'pass') code.const(0).load(4, stateKey).get(Local.target).op(Op.i32_eq).op(Op.i32_and);
  code.op(Op.i32_eqz).if();
  uncounted(context, index);
  setsEip().if();
  code.const(trait === 'pass' ? Status.turn : Status.resume).op(Op.return);
  code.end();
  endedOtherwise(context, block, record);
  code.end();
  code.end();
  // It may have written over code of this region or of a caller's, and used up budget.
  code.const(0).load(4, stateDropped).notExpected().if();
  takeOff(code, index + 1);
  frame.exitAt(next, Status.resume);
  code.end();
  frame.checkBudgetAfter(next, index + 1);
}

/** Takes the block's instructions up to this one off the budget in memory. */
function uncounted({ code }: RegionContext, index: number): void {
  code
    .const(0)
    .const(0)
    .load(4, stateBudget)
    .const(index + 1)
    .op(Op.i32_sub)
    .store(4, stateBudget);
}

/** Local.status is an Outcome beyond `next` and `jump`. A fault leaves EIP at the instruction. */
function endedOtherwise({ code, view }: RegionContext, block: Block, record: number): void {
  code.get(Local.status).const(Outcome.fault).op(Op.i32_eq).if();
  code
    .const(0)
    .const((block.pcBase + view.getUint16(record + Field.offset, true)) | 0)
    .store(4, stateEip);
  code.end();
  code.get(Local.status).const(Status.outcome).op(Op.i32_add).op(Op.return);
}
