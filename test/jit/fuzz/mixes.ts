/** Which ingredients a program has, and how often: lists that kinds put together. */
import * as control from './control.ts';
import * as float from './float.ts';
import { computation } from './float-stack.ts';
import * as operations from './operations.ts';
import * as paging from './paging.ts';
import { record } from './records.ts';
import * as code from './self-modifying.ts';
import * as stack from './stack.ts';
import * as system from './system.ts';
import type { Dialect } from './writer.ts';

type Mix = Dialect['mix'];

/** Of every kind. */
export const COMMON: Mix = [
  [12, operations.straight],
  [8, operations.arithmetic],
  [14, operations.memory],
  [5, operations.unary],
  [5, operations.shift],
  [2, operations.multiply],
  [2, operations.divide],
  [6, operations.conditional],
  [3, operations.extend],
  [6, operations.exchange],
  [2, operations.address],
  [5, record],
  [3, operations.bits],
  [5, operations.flags],
  [1, operations.decimal],
  [3, operations.strings],
  [1, operations.translate],
  [1, operations.questions],
  [2, float.x87],
  [3, computation],
  [2, float.vectors],
  [10, control.branch],
  [7, control.loop],
  [3, control.countedLoop],
  [8, control.call],
  [4, control.jumpTable],
  [3, control.computedJump],
  [3, control.irreducible],
  [2, control.overlapping],
  [2, control.recursion],
  [1, control.bigTable],
  [1, control.manyFunctions],
  [4, control.mismatch],
  [5, stack.pushAndPop],
  [4, stack.frame],
  [4, stack.relative],
  [2, stack.elsewhere],
  [3, stack.adjusted],
  [2, code.immediateAhead],
  [2, code.immediateBehind],
  [2, code.opcode],
  [1, code.inCaller],
  [1, code.branchItself],
  [1, code.copied],
  [1, code.filled],
  [2, code.beside],
  [1, code.byDevice],
  [2, system.divideError],
  [3, system.faultAmid],
  [4, system.accessAmid],
  [1, system.undefinedOpcode],
  [1, system.segments],
  [3, system.interrupt],
  [2, system.control],
  [1, system.singleSteps],
  [3, system.ports],
  [1, system.halt],
];

/** Where the stack lies in the code segment. */
export const FLAT: Mix = [
  [1, code.onStack],
  [1, system.protection],
  [1, system.deviceMemory],
  [1, system.breakpoints],
  [1, system.executionBreakpoint],
  [1, system.taskSwitch],
  [1, system.shared],
  [2, system.notFlat],
];

/** At CPL 3 in flat segments. */
export const USER: Mix = [[1, system.fastCall]];

/** Under paging, in flat segments. */
export const PAGED: Mix = [
  [2, paging.window],
  [2, paging.moving],
  [3, paging.missing],
  [2, paging.absent],
  [2, paging.spaces],
  [1, paging.otherSpace],
  [1, paging.global],
  [1, paging.modes],
  [1, paging.aliasedData],
  [1, paging.crossing],
  [2, paging.recordAcross],
  [2, paging.stackAcross],
  [1, paging.largePage],
  [1, paging.rom],
];
