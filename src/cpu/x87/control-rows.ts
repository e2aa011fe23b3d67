/** Control and status words, the stack's pointer and tags. */
import { refuse } from '../../fpu/wasm/number.ts';
import type { Int32 } from '../../wasm/expression.ts';
import { Status } from '../fpu-stack.ts';
import { fieldAddress } from '../state.ts';
import { control, type Row, type Rows, reads, registerRow, writes } from './row.ts';
import { Done, RowBody } from './row-body.ts';

const TOP_SHIFT = 11;
const C1_SHIFT = 9;
/** See FpuStack.setControl(). */
const CONTROL = { kept: 0x1f3f, fixed: 0x40 } as const;
const EXCEPTIONS = 0x3f;

function statusWord(f: RowBody): Int32 {
  return f.status.or(f.top.shl(TOP_SHIFT)).or(f.loadField('fpuC1').shl(C1_SHIFT));
}

const statusToAx = control(
  registerRow(() => {
    const f = new RowBody({ waits: false });
    f.store(2, fieldAddress('eax'), statusWord(f));
    return f.done(Done.control);
  }, 'writes AX'),
);

function toMemory(word: (f: RowBody) => Int32): Row {
  return control(
    writes(2, () => {
      const f = new RowBody({ waits: false });
      f.store(2, f.operand, word(f));
      return f.done(Done.control);
    }),
  );
}

/** What it unmasks must not be noted already: that would be pending then. */
const loadControl = control(
  reads(2, () => {
    const f = new RowBody();
    const word = f.let(f.load(2, f.operand).and(CONTROL.kept).or(CONTROL.fixed));
    refuse(f, f.status.and(word.xor(-1)).and(EXCEPTIONS));
    f.storeField('fpuControl', word);
    return f.done(Done.control);
  }),
);

/** Where an exception is pending, FERR# may have to be lowered. */
const clearExceptions = control(
  registerRow(() => {
    const f = new RowBody();
    f.storeField('fpuStatus', f.status.and(Status.C0 | Status.C2 | Status.C3));
    return f.done(Done.control);
  }),
);

function moveTop(by: number): Row {
  return registerRow(() => {
    const f = new RowBody();
    f.clearC1();
    f.moveTop(by);
    return f.done();
  });
}

function free(pops: boolean): Row {
  return registerRow(() => {
    const f = new RowBody();
    f.clearC1();
    f.mark(f.register(f.operand), false);
    if (pops) f.pop(f.register(0));
    return f.done();
  });
}

export const controlRows: Rows = {
  'FNSTSW AX': statusToAx,
  'FNSTSW Mw': toMemory(statusWord),
  'FNSTCW Mw': toMemory(f => f.loadField('fpuControl')),
  'FLDCW Mw': loadControl,
  FNCLEX: clearExceptions,
  FNOP: registerRow(() => new RowBody().done()),
  FINCSTP: moveTop(1),
  FDECSTP: moveTop(-1),
  'FFREE STi': free(false),
  'FFREEP STi': free(true),
};
