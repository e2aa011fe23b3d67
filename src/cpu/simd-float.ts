/**
 * Packed and scalar floating-point arithmetic, comparison, minimum and maximum. Source: SDM vol. 1, 10.4, 11.4, 11.5; vol. 2 by mnemonic.
 *
 * Rounding to nearest, with ordinary operands and an ordinary result, the host's arithmetic is exact IEEE: doubles as they are, singles
 * because a double of two singles' sum, product, quotient or root rounds to single innocuously. Whether the result is inexact is then told by
 * error-free transformations (Dekker, Knuth). All else goes to simd-exact.ts.
 */
import { Flag } from '../isa/flags.ts';
import { type Arithmetic, Double, exactly, type Format, Single, unpackValue, type Value } from './simd-exact.ts';
import { Mxcsr, type Operation, type VectorUnit } from './simd-unit.ts';
import { VECTOR_RESULT } from './state.ts';

export type Width = 'PS' | 'PD' | 'SS' | 'SD';

/** How many elements an operation of this width has, and of what format. */
export function elementsOf(width: Width): { format: Format; count: number } {
  const format = width === 'PS' || width === 'SS' ? Single : Double;
  return { format, count: width === 'PS' ? 4 : width === 'PD' ? 2 : 1 };
}

type Element = (u: VectorUnit, a: number, b: number, result: number) => void;

/** Runs an element at a time into VECTOR_RESULT; the service takes it from there unless an exception is unmasked. */
export function elementwise(width: Width, element: Element): Operation {
  const { format, count } = elementsOf(width);
  return (u, to, from) => {
    for (let i = 0; i < count; i++) {
      const at = i * format.bytes;
      element(u, to + at, from + at, VECTOR_RESULT + at);
    }
  };
}

export const SINGLE_LEAST = 2 ** -126;
export const SINGLE_MOST = 2 ** 127;
const DOUBLE_LEAST = 2 ** -1022;
/** Within these bounds no step of an error-free transformation overflows or loses bits. */
const SAFE_LEAST = 2 ** -900;
const SAFE_MOST = 2 ** 900;

export const within = (x: number, least: number, most: number): boolean => {
  const magnitude = x < 0 ? -x : x;
  return magnitude > least && magnitude < most;
};

/** The error of p = x * y as computed, exactly. */
function productError(x: number, y: number, p: number): number {
  const splitX = 134217729 * x;
  const highX = splitX - (splitX - x);
  const lowX = x - highX;
  const splitY = 134217729 * y;
  const highY = splitY - (splitY - y);
  const lowY = y - highY;
  return lowX * lowY - (p - highX * highY - lowX * highY - highX * lowY);
}

/** The error of s = x + y as computed, exactly. */
function sumError(x: number, y: number, s: number): number {
  const part = s - x;
  return x - (s - part) + (y - part);
}

/** May the host's arithmetic be used at all, by MXCSR? Rounding to nearest, inexact results masked. */
const PLAIN_CONTROL = Mxcsr.RC | (Mxcsr.PE << 7);
export const plainControl = (u: VectorUnit): boolean => (u.control & PLAIN_CONTROL) === Mxcsr.PE << 7;
const knowsInexact = (u: VectorUnit): boolean => ((u.control | u.after) & Mxcsr.PE) !== 0;

function arithmetic64(op: Arithmetic): Element {
  const sub = op === 'sub';
  return (u, a, b, result) => {
    if (plainControl(u)) {
      const x = u.f64[a >> 3]!;
      const y = sub ? -u.f64[b >> 3]! : u.f64[b >> 3]!;
      const value = op === 'mul' ? x * y : op === 'div' ? x / y : op === 'sqrt' ? Math.sqrt(y) : x + y;
      if (within(y, SAFE_LEAST, SAFE_MOST) && within(value, SAFE_LEAST, SAFE_MOST)) {
        if (op === 'sqrt' || within(x, SAFE_LEAST, SAFE_MOST)) {
          if (!knowsInexact(u)) {
            const exact =
              op === 'mul'
                ? productError(x, y, value) === 0
                : op === 'div'
                  ? value * y === x && productError(value, y, x) === 0
                  : op === 'sqrt'
                    ? value * value === y && productError(value, value, y) === 0
                    : sumError(x, y, value) === 0;
            if (!exact) u.after |= Mxcsr.PE;
          }
          u.f64[result >> 3] = value;
          return;
        }
      }
      if (op !== 'sqrt' && zeroResult(op, x, y, DOUBLE_LEAST, SAFE_MOST)) {
        u.f64[result >> 3] = value;
        return;
      }
    }
    exactly(u, Double, op, a, b, result);
  };
}

/** An operand of zero with an ordinary one, where the result is exact without a flag. */
function zeroResult(op: Arithmetic, x: number, y: number, least: number, most: number): boolean {
  if (y === 0) return op !== 'div' && (x === 0 || within(x, least, most));
  if (x === 0) return within(y, least, most);
  // Equal magnitudes that cancel.
  return x === -y && (op === 'add' || op === 'sub') && within(x, least, most);
}

function arithmetic32(op: Arithmetic): Element {
  const sub = op === 'sub';
  return (u, a, b, result) => {
    if (plainControl(u)) {
      const x = u.f32[a >> 2]!;
      const y = sub ? -u.f32[b >> 2]! : u.f32[b >> 2]!;
      const wide = op === 'mul' ? x * y : op === 'div' ? x / y : op === 'sqrt' ? Math.sqrt(y) : x + y;
      const value = Math.fround(wide);
      if (within(y, SINGLE_LEAST, SINGLE_MOST) && within(value, SINGLE_LEAST, SINGLE_MOST)) {
        if (op === 'sqrt' || within(x, SINGLE_LEAST, SINGLE_MOST)) {
          if (!knowsInexact(u)) {
            const exact =
              op === 'mul'
                ? value === wide
                : op === 'div'
                  ? value * y === x
                  : op === 'sqrt'
                    ? value * value === y
                    : value === wide && sumError(x, y, wide) === 0;
            if (!exact) u.after |= Mxcsr.PE;
          }
          u.f32[result >> 2] = value;
          return;
        }
      }
      if (op !== 'sqrt' && zeroResult(op, x, y, SINGLE_LEAST, SINGLE_MOST)) {
        u.f32[result >> 2] = value;
        return;
      }
    }
    exactly(u, Single, op, a, b, result);
  };
}

const element = (format: Format, op: Arithmetic): Element => (format === Single ? arithmetic32(op) : arithmetic64(op));

export const arithmetic =
  (op: Arithmetic) =>
  (width: Width): Operation =>
    elementwise(width, element(elementsOf(width).format, op));

/** Neighbours of the destination, then of the source, are added or subtracted. */
export const horizontal =
  (op: 'add' | 'sub') =>
  (width: Width): Operation => {
    const { format, count } = elementsOf(width);
    const one = element(format, op);
    return (u, to, from) => {
      for (let i = 0; i < count; i++) {
        const pair = (i < count / 2 ? to : from) + ((2 * i) % count) * format.bytes;
        one(u, pair, pair + format.bytes, VECTOR_RESULT + i * format.bytes);
      }
    };
  };

/** Even elements are subtracted, odd ones added. */
export const alternate = (width: Width): Operation => {
  const { format, count } = elementsOf(width);
  const elements = [element(format, 'sub'), element(format, 'add')] as const;
  return (u, to, from) => {
    for (let i = 0; i < count; i++) {
      const at = i * format.bytes;
      elements[(i & 1) as 0 | 1](u, to + at, from + at, VECTOR_RESULT + at);
    }
  };
};

export type Order = 'unordered' | 'less' | 'equal' | 'greater';

const read = (u: VectorUnit, f: Format, at: number): number => (f === Single ? u.f32[at >> 2]! : u.f64[at >> 3]!);

/** How a stands to b; notes the flags of denormals, and of NaNs: quiet ones too when `signalQuiet`. */
export function orderOf(u: VectorUnit, f: Format, at: number, bt: number, signalQuiet: boolean): Order {
  const x = read(u, f, at);
  const y = read(u, f, bt);
  const least = f === Single ? SINGLE_LEAST : DOUBLE_LEAST;
  if (within(x, least, Number.POSITIVE_INFINITY) && within(y, least, Number.POSITIVE_INFINITY))
    return x < y ? 'less' : x > y ? 'greater' : 'equal';
  const a = unpackValue(u, f, at);
  const b = unpackValue(u, f, bt);
  if (a.kind === 'nan' || b.kind === 'nan') {
    if (signalQuiet || a.signalling || b.signalling) u.before |= Mxcsr.IE;
    return 'unordered';
  }
  if (a.denormal || b.denormal) u.before |= Mxcsr.DE;
  const p = ordinal(a, x);
  const q = ordinal(b, y);
  return p < q ? 'less' : p > q ? 'greater' : 'equal';
}

/** The value as the unit sees it: what DAZ makes zero is zero. */
const ordinal = (value: Value, number: number): number => (value.kind === 'zero' ? 0 : number);

/** MIN and MAX: the source is the result of any comparison that is not strict, NaNs and zeros of unlike sign included. */
export const extreme =
  (wanted: 'less' | 'greater') =>
  (width: Width): Operation => {
    const { format } = elementsOf(width);
    return elementwise(width, (u, a, b, result) => {
      const chosen = orderOf(u, format, a, b, true) === wanted ? a : b;
      u.copy(result, chosen, format.bytes);
      if ((u.control & Mxcsr.DAZ) !== 0 && unpackValue(u, format, chosen).kind === 'zero')
        clearMagnitude(u, format, result);
    });
  };

/** With DAZ a chosen denormal is a zero of its sign. */
function clearMagnitude(u: VectorUnit, format: Format, at: number): void {
  const top = (at + format.bytes - 4) >> 2;
  u.u32[top] = u.u32[top]! & 0x80000000;
  if (format === Double) u.u32[at >> 2] = 0;
}

const PREDICATES: readonly ((order: Order) => boolean)[] = [
  order => order === 'equal',
  order => order === 'less',
  order => order === 'less' || order === 'equal',
  order => order === 'unordered',
];

/** CMPccPS and kin: predicates 4 to 7 are the opposites of 0 to 3; those by order take quiet NaNs ill. */
export const compare = (width: Width): Operation => {
  const { format } = elementsOf(width);
  return elementwise(width, (u, a, b, result) => {
    const predicate = u.immediate & 3;
    const holds = PREDICATES[predicate]!(orderOf(u, format, a, b, predicate === 1 || predicate === 2));
    const bits = holds !== ((u.immediate & 4) !== 0) ? 0xffffffff : 0;
    for (let i = 0; i < format.bytes; i += 4) u.u32[(result + i) >> 2] = bits;
  });
};

const FLAGS: Readonly<Record<Order, number>> = {
  unordered: Flag.ZF | Flag.PF | Flag.CF,
  less: Flag.CF,
  equal: Flag.ZF,
  greater: 0,
};

/** COMIS and UCOMIS: ZF, PF and CF. */
export const compareToFlags =
  (signalQuiet: boolean) =>
  (width: Width): Operation => {
    const { format } = elementsOf(width);
    return (u, to, from) => {
      u.comparison = FLAGS[orderOf(u, format, to, from, signalQuiet)];
    };
  };
