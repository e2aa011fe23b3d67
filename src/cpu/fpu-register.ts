/**
 * x87 instructions on the register stack. Source: SDM vol. 2, each by name; vol. 1, 8.3 and 8.5.
 *
 * An empty operand is a stack fault: masked, the indefinite takes the place of the result; unmasked, nothing changes but the status word.
 */

import { add, subtract } from '../fpu/add.ts';
import { type Class, classify, compare, type Order } from '../fpu/compare.ts';
import { type ConstantName, constant } from '../fpu/constants.ts';
import { divide } from '../fpu/divide.ts';
import type { Environment } from '../fpu/environment.ts';
import { powerOfTwoMinusOne, timesLogarithm, timesLogarithmPlusOne } from '../fpu/exponential.ts';
import { type Extended, Indefinite, isInfinity, make, negate, One, signOf, zero } from '../fpu/extended.ts';
import { extract, roundToIntegral, scale } from '../fpu/integral.ts';
import { multiply } from '../fpu/multiply.ts';
import { propagateOne } from '../fpu/nan.ts';
import { remainder } from '../fpu/remainder.ts';
import { squareRoot } from '../fpu/square-root.ts';
import { arcTangent, cosine, isOutOfRange, sine, tangent } from '../fpu/trigonometric.ts';
import { Flag } from '../isa/flags.ts';
import { EscapeRows } from '../isa/x87-map.ts';
import type { Cpu } from './cpu.ts';
import { type FpuStack, Status } from './fpu-stack.ts';

/** Executes a register form; `i` is its STi. */
export type RegisterHandler = (fpu: FpuStack, i: number, cpu: Cpu) => void;

type Binary = (env: Environment, destination: Extended, source: Extended) => Extended;
type Unary = (env: Environment, a: Extended) => Extended;

/** Destination and source, in this order. */
export const Arithmetic: Readonly<Record<string, Binary>> = {
  FADD: add,
  FMUL: multiply,
  FSUB: subtract,
  FSUBR: (env, a, b) => subtract(env, b, a),
  FDIV: divide,
  FDIVR: (env, a, b) => divide(env, b, a),
};

function arithmetic(operation: Binary, toStack: boolean, pops: boolean): RegisterHandler {
  return (fpu, i) => {
    const destination = toStack ? i : 0;
    const source = toStack ? 0 : i;
    const env = fpu.begin();
    if (fpu.isEmpty(0) || fpu.isEmpty(i)) {
      if (!fpu.stackFault(false)) return;
      fpu.write(destination, Indefinite);
    } else {
      const value = operation(env, fpu.read(destination), fpu.read(source));
      if (!fpu.commit()) return;
      fpu.write(destination, value);
    }
    if (pops) fpu.pop();
  };
}

function unary(operation: Unary): RegisterHandler {
  return fpu => {
    const env = fpu.begin();
    if (fpu.isEmpty(0)) {
      if (fpu.stackFault(false)) fpu.write(0, Indefinite);
      return;
    }
    const value = operation(env, fpu.read(0));
    if (fpu.commit()) fpu.write(0, value);
  };
}

// ---- comparisons

/** C3, C2, C0 as FCOM sets them. */
const ORDER_CONDITIONS: Readonly<Record<Order, number>> = {
  less: Status.C0,
  equal: Status.C3,
  greater: 0,
  unordered: Status.C0 | Status.C2 | Status.C3,
};
/** ZF, PF, CF as FCOMI sets them. */
const ORDER_FLAGS: Readonly<Record<Order, number>> = {
  less: Flag.CF,
  equal: Flag.ZF,
  greater: 0,
  unordered: Flag.ZF | Flag.PF | Flag.CF,
};

/** ST(0) against `b`, to the condition codes. False when an unmasked exception forbids the pop. */
export function compareTop(fpu: FpuStack, b: Extended, quietly: boolean, extraFlags = 0): boolean {
  const env = fpu.begin();
  const order = compare(env, fpu.read(0), b, quietly);
  if (order !== 'unordered') env.flags |= extraFlags;
  const done = fpu.commit();
  fpu.setConditions(ORDER_CONDITIONS[order]);
  return done;
}

/** The same for empty operands. */
export function compareEmpty(fpu: FpuStack): boolean {
  const masked = fpu.stackFault(false);
  fpu.setConditions(ORDER_CONDITIONS.unordered);
  return masked;
}

function comparison(quietly: boolean, pops: number): RegisterHandler {
  return (fpu, i) => {
    const empty = fpu.isEmpty(0) || fpu.isEmpty(i);
    const done = empty ? compareEmpty(fpu) : compareTop(fpu, fpu.read(i), quietly);
    if (done) for (let n = 0; n < pops; n++) fpu.pop();
  };
}

function comparisonToFlags(quietly: boolean, pops: boolean): RegisterHandler {
  return (fpu, i, cpu) => {
    const env = fpu.begin();
    let order: Order = 'unordered';
    let done: boolean;
    if (fpu.isEmpty(0) || fpu.isEmpty(i)) done = fpu.stackFault(false);
    else {
      order = compare(env, fpu.read(0), fpu.read(i), quietly);
      const c1 = fpu.status & Status.C1;
      done = fpu.commit();
      fpu.status |= c1;
    }
    // Unmasked exceptions too leave their mark in EFLAGS; only the pop does not take place.
    const others = Flag.OF | Flag.SF | Flag.AF | Flag.ZF | Flag.PF | Flag.CF;
    cpu.eflags = (cpu.eflags & ~others) | ORDER_FLAGS[order];
    if (pops && done) fpu.pop();
  };
}

const CLASS_CONDITIONS: Readonly<Record<Class, number>> = {
  unsupported: 0,
  nan: Status.C0,
  normal: Status.C2,
  infinity: Status.C2 | Status.C0,
  zero: Status.C3,
  denormal: Status.C3 | Status.C2,
};

const examine: RegisterHandler = fpu => {
  const a = fpu.read(0);
  const kind = fpu.isEmpty(0) ? Status.C3 | Status.C0 : CLASS_CONDITIONS[classify(a)];
  fpu.setConditions(kind | (signOf(a) ? Status.C1 : 0));
};

// ---- moves

const load: RegisterHandler = (fpu, i) => {
  fpu.clearC1();
  // An empty source goes before a full stack.
  if (fpu.isEmpty(i)) {
    if (fpu.stackFault(false)) fpu.push(Indefinite);
  } else if (!fpu.pushOverflows()) fpu.push(fpu.read(i));
};

function store(pops: boolean): RegisterHandler {
  return (fpu, i) => {
    fpu.clearC1();
    if (!fpu.isEmpty(0)) fpu.write(i, fpu.read(0));
    else if (fpu.stackFault(false)) fpu.write(i, Indefinite);
    else return;
    if (pops) fpu.pop();
  };
}

/** D9D8, which came to be by accident: as FSTP, but an empty ST(0) is no fault, only popped. */
const storeUnchecked: RegisterHandler = (fpu, i) => {
  fpu.clearC1();
  if (!fpu.isEmpty(0)) fpu.write(i, fpu.read(0));
  fpu.pop();
};

const exchange: RegisterHandler = (fpu, i) => {
  fpu.clearC1();
  const a = fpu.isEmpty(0) ? undefined : fpu.read(0);
  const b = fpu.isEmpty(i) ? undefined : fpu.read(i);
  if ((!a || !b) && !fpu.stackFault(false)) return;
  fpu.write(0, b ?? Indefinite);
  fpu.write(i, a ?? Indefinite);
};

function moveIf(flags: number, set: boolean): RegisterHandler {
  return (fpu, i, cpu) => {
    if (fpu.isEmpty(0) || fpu.isEmpty(i)) {
      if (fpu.stackFault(false)) fpu.write(0, Indefinite);
    } else if (((cpu.eflags & flags) !== 0) === set) fpu.write(0, fpu.read(i));
  };
}

function loadConstant(name: ConstantName): RegisterHandler {
  return fpu => {
    fpu.clearC1();
    if (!fpu.pushOverflows()) fpu.push(constant(name, fpu.begin().rounding));
  };
}

function changeSign(change: (a: Extended) => Extended): RegisterHandler {
  return fpu => {
    fpu.clearC1();
    if (!fpu.isEmpty(0)) fpu.write(0, change(fpu.read(0)));
    else if (fpu.stackFault(false)) fpu.write(0, Indefinite);
  };
}

function moveTop(by: number): RegisterHandler {
  return fpu => {
    fpu.clearC1();
    fpu.top = fpu.top + by;
  };
}

// ---- two results, partial results

/** ST(0) and the free place above it; false after a stack fault, whose masked answer is the indefinite in both. */
function takesTwo(fpu: FpuStack): boolean {
  const empty = fpu.isEmpty(0);
  if (!empty && fpu.isEmpty(-1)) return true;
  if (fpu.stackFault(!empty)) {
    fpu.write(0, Indefinite);
    fpu.push(Indefinite);
  }
  return false;
}

const extractBoth: RegisterHandler = fpu => {
  const env = fpu.begin();
  if (!takesTwo(fpu)) return;
  const { exponent, significand } = extract(env, fpu.read(0));
  if (!fpu.commit()) return;
  fpu.write(0, exponent);
  fpu.push(significand);
};

/** C2 tells that more is to be done; C0, C3, C1 are bits 2, 1, 0 of the quotient once it is known, and C0 and C3 stay with a NaN. */
function partialRemainder(nearest: boolean): RegisterHandler {
  return fpu => {
    const env = fpu.begin();
    fpu.status &= ~Status.C2;
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      if (fpu.stackFault(false)) fpu.write(0, Indefinite);
      return;
    }
    const { value, partial, quotient } = remainder(env, fpu.read(0), fpu.read(1), nearest);
    if (!fpu.commit()) return;
    fpu.write(0, value);
    if (partial) fpu.setConditions(Status.C2);
    else if (quotient !== undefined) {
      const low = quotient & 1 ? Status.C1 : 0;
      fpu.setConditions((quotient & 4 ? Status.C0 : 0) | (quotient & 2 ? Status.C3 : 0) | low);
    }
  };
}

/** FSIN, FCOS: C2 tells that the argument is out of range. */
function trigonometric(operation: Unary): RegisterHandler {
  const compute = unary(operation);
  return (fpu, i, cpu) => {
    fpu.status &= ~(Status.C2 | Status.C1);
    if (!fpu.isEmpty(0) && isOutOfRange(fpu.read(0))) fpu.status |= Status.C2;
    else compute(fpu, i, cpu);
  };
}

/** FSINCOS, FPTAN: `first` replaces ST(0), `second` is pushed. */
function trigonometricPair(first: Unary, second: Unary): RegisterHandler {
  return fpu => {
    const env = fpu.begin();
    fpu.status &= ~(Status.C2 | Status.C1);
    if (!takesTwo(fpu)) return;
    const a = fpu.read(0);
    if (isOutOfRange(a)) {
      fpu.status |= Status.C2;
      return;
    }
    const lower = first(env, a);
    const upper = second(env, a);
    if (!fpu.commit()) return;
    fpu.write(0, lower);
    fpu.push(upper);
  };
}

/** ST(1) and ST(0) to ST(1), and a pop. */
function poppingPair(operation: (env: Environment, y: Extended, x: Extended) => Extended): RegisterHandler {
  return fpu => {
    const env = fpu.begin();
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      if (!fpu.stackFault(false)) return;
      fpu.write(1, Indefinite);
    } else {
      const value = operation(env, fpu.read(1), fpu.read(0));
      if (!fpu.commit()) return;
      fpu.write(1, value);
    }
    fpu.pop();
  };
}

/** ST(0) and ST(1) to ST(0). */
function withSecond(operation: Binary): RegisterHandler {
  return fpu => {
    const env = fpu.begin();
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      if (fpu.stackFault(false)) fpu.write(0, Indefinite);
      return;
    }
    const value = operation(env, fpu.read(0), fpu.read(1));
    if (fpu.commit()) fpu.write(0, value);
  };
}

const nothing: RegisterHandler = () => {};

const Handlers: Readonly<Record<string, RegisterHandler>> = {
  'FCOM STi': comparison(false, 0),
  'FCOMP STi': comparison(false, 1),
  FCOMPP: comparison(false, 2),
  'FUCOM STi': comparison(true, 0),
  'FUCOMP STi': comparison(true, 1),
  FUCOMPP: comparison(true, 2),
  'FCOMI ST,STi': comparisonToFlags(false, false),
  'FCOMIP ST,STi': comparisonToFlags(false, true),
  'FUCOMI ST,STi': comparisonToFlags(true, false),
  'FUCOMIP ST,STi': comparisonToFlags(true, true),
  FTST: fpu => void (fpu.isEmpty(0) ? compareEmpty(fpu) : compareTop(fpu, zero(0), false)),
  FXAM: examine,
  'FLD STi': load,
  'FST STi': store(false),
  'FSTP STi': store(true),
  'FXCH STi': exchange,
  'FCMOVB ST,STi': moveIf(Flag.CF, true),
  'FCMOVE ST,STi': moveIf(Flag.ZF, true),
  'FCMOVBE ST,STi': moveIf(Flag.CF | Flag.ZF, true),
  'FCMOVU ST,STi': moveIf(Flag.PF, true),
  'FCMOVNB ST,STi': moveIf(Flag.CF, false),
  'FCMOVNE ST,STi': moveIf(Flag.ZF, false),
  'FCMOVNBE ST,STi': moveIf(Flag.CF | Flag.ZF, false),
  'FCMOVNU ST,STi': moveIf(Flag.PF, false),
  FLD1: loadConstant('FLD1'),
  FLDL2T: loadConstant('FLDL2T'),
  FLDL2E: loadConstant('FLDL2E'),
  FLDPI: loadConstant('FLDPI'),
  FLDLG2: loadConstant('FLDLG2'),
  FLDLN2: loadConstant('FLDLN2'),
  FLDZ: loadConstant('FLDZ'),
  FCHS: changeSign(negate),
  FABS: changeSign(a => make(a.top & 0x7fff, a.high, a.low)),
  FNOP: nothing,
  FNENI: nothing,
  FNDISI: nothing,
  FNSETPM: nothing,
  FDECSTP: moveTop(-1),
  FINCSTP: moveTop(1),
  'FFREE STi': (fpu, i) => {
    fpu.clearC1();
    fpu.free(i);
  },
  'FFREEP STi': (fpu, i) => {
    fpu.clearC1();
    fpu.free(i);
    fpu.pop();
  },
  FSQRT: unary(squareRoot),
  FRNDINT: unary(roundToIntegral),
  FSCALE: withSecond(scale),
  FXTRACT: extractBoth,
  FSIN: trigonometric(sine),
  FCOS: trigonometric(cosine),
  FSINCOS: trigonometricPair(sine, cosine),
  // What is pushed beside a tangent is 1.0, or the same NaN.
  FPTAN: trigonometricPair(tangent, (env, a) => propagateOne(env, a) ?? (isInfinity(a) ? Indefinite : One)),
  FPATAN: poppingPair(arcTangent),
  F2XM1: unary(powerOfTwoMinusOne),
  FYL2X: poppingPair(timesLogarithm),
  FYL2XP1: poppingPair(timesLogarithmPlusOne),
  FPREM: partialRemainder(false),
  FPREM1: partialRemainder(true),
  FNCLEX: fpu => {
    fpu.status &= 0x7f00;
  },
  FNINIT: fpu => fpu.initialize(),
  'FNSTSW AX': (fpu, _i, cpu) => cpu.setRegister(0, fpu.status, 2),
};

function handlerOf(name: string): RegisterHandler | undefined {
  if (name.startsWith('D9D8')) return storeUnchecked;
  return meaningOf(name.slice(name.indexOf(' ') + 1));
}

function meaningOf(name: string): RegisterHandler | undefined {
  const [mnemonic, operands] = name.split(' ') as [string, string | undefined];
  const pops = mnemonic.endsWith('P') && !(mnemonic in Arithmetic);
  const operation = Arithmetic[pops ? mnemonic.slice(0, -1) : mnemonic];
  if (operation && operands) return arithmetic(operation, operands === 'STi,ST', pops);
  return Handlers[name];
}

/** By opcode (3 bits) and the low six bits of ModRM; none where no instruction is. */
export const RegisterHandlers: readonly (RegisterHandler | undefined)[] = (() => {
  const table: (RegisterHandler | undefined)[] = new Array(512).fill(undefined);
  for (const { name, opcode, registerForm, operands } of EscapeRows) {
    if (registerForm < 0) continue;
    const handler = handlerOf(name);
    if (!handler) throw new Error(`x87 map: no definition for ${name}`);
    const count = operands.includes('STi') ? 8 : 1;
    for (let i = 0; i < count; i++) table[((opcode & 7) << 6) | ((registerForm & 63) + i)] = handler;
  }
  return table;
})();
