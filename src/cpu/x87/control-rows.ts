/** Control and status words, the stack's pointer and tags. */
import { refuse } from '../../fpu/wasm/number.ts';
import type { Int32 } from '../../wasm/expression.ts';
import { Status } from '../fpu-stack.ts';
import { control, type Row, type Rows, reads, registerRow, withoutWaiting, writes } from './row.ts';
import type { RowBody } from './row-body.ts';

const TOP_SHIFT = 11;
const C1_SHIFT = 9;
/** See FpuStack.setControl(). */
const CONTROL = { kept: 0x1f3f, fixed: 0x40 } as const;
const EXCEPTIONS = 0x3f;

function statusWord(f: RowBody): Int32 {
  return f.loadStatus().or(f.top.shl(TOP_SHIFT)).or(f.loadField('fpuC1').shl(C1_SHIFT));
}

const statusToAx = withoutWaiting(
  registerRow(f => {
    f.storeAx(statusWord(f));
    f.done();
  }, 'writes AX'),
);

function toMemory(word: (f: RowBody) => Int32): Row {
  return withoutWaiting(
    writes(2, f => {
      f.store(2, f.operand, word(f));
      f.done();
    }),
  );
}

/** What it unmasks must not be noted already: that would be pending then. */
const loadControl = control(
  reads(2, f => {
    const word = f.let(f.load(2, f.operand).and(CONTROL.kept).or(CONTROL.fixed));
    refuse(f, f.loadStatus().and(word.xor(-1)).and(EXCEPTIONS));
    f.storeField('fpuControl', word);
    f.done();
  }),
);

/** Where an exception is pending, FERR# may have to be lowered. */
const clearExceptions = control(
  registerRow(f => {
    f.storeField('fpuStatus', f.loadStatus().and(Status.C0 | Status.C2 | Status.C3));
    f.done();
  }),
);

function moveTop(by: number): Row {
  return registerRow(f => {
    f.clearC1();
    f.moveTop(by);
    f.done();
  });
}

function free(pops: boolean): Row {
  return registerRow(f => {
    f.clearC1();
    f.mark(f.register(f.operand), false);
    if (pops) f.pop(f.register(0));
    f.done();
  });
}

export const controlRows: Rows = {
  'FNSTSW AX': statusToAx,
  'FNSTSW Mw': toMemory(statusWord),
  'FNSTCW Mw': toMemory(f => f.loadField('fpuControl')),
  'FLDCW Mw': loadControl,
  FNCLEX: clearExceptions,
  FNOP: registerRow(f => {
    f.done();
  }),
  FINCSTP: moveTop(1),
  FDECSTP: moveTop(-1),
  'FFREE STi': free(false),
  'FFREEP STi': free(true),
};
