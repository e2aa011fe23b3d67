/**
 * x87 instructions with a memory operand, but for the environment's (fpu-environment.ts). Source: SDM vol. 2, each by name; vol. 1, 8.3, 8.5.
 *
 * A store that raises an unmasked exception other than PE leaves memory and the stack alone; with PE unmasked it is done, and reported.
 */
import { Environment, Flags, Rounding } from '../fpu/environment.ts';
import { type Extended, Indefinite, isNotANumber, make } from '../fpu/extended.ts';
import {
  doubleIsDenormal,
  fromDouble,
  fromInteger,
  fromSingle,
  singleIsDenormal,
  toDouble,
  toInteger,
  toSingle,
  widenDouble,
  widenSingle,
} from '../fpu/formats.ts';
import { DECIMAL_BYTES, fromDecimal, toDecimal } from '../fpu/packed-decimal.ts';
import { EscapeRows } from '../isa/x87-map.ts';
import { Arithmetic, compareEmpty, compareTop } from './fpu-register.ts';
import type { FpuStack } from './fpu-stack.ts';

/** Works on the operand at `at` in the processor's memory: reads it, or writes it and answers whether it did. */
export interface MemoryHandler {
  readonly bytes: number;
  readonly writes: boolean;
  /** FNSTCW, FNSTSW: no pending exception is looked for; these and FLDCW leave the last-instruction pointers. */
  readonly control: boolean;
  readonly waits: boolean;
  run(fpu: FpuStack, view: DataView, at: number): boolean;
}

/** A number format in memory. */
interface Format {
  readonly bytes: number;
  /** The value as an operand: exact, nothing flagged. */
  widen(view: DataView, at: number): Extended;
  isDenormal(view: DataView, at: number): boolean;
  /** The value as FLD, FILD or FBLD gives it. */
  load(env: Environment, view: DataView, at: number): Extended;
  /** Writes `a`, unless that raises what forbids it. */
  store(env: Environment, a: Extended, view: DataView, at: number): boolean;
}

const never = (): boolean => false;

/** Whether flags leave a store to be done. */
function stores(env: Environment): boolean {
  return (env.flags & ~env.masks & ~Flags.PE & 0x3f) === 0;
}

const single: Format = {
  bytes: 4,
  widen: (view, at) => widenSingle(view.getInt32(at, true)),
  isDenormal: (view, at) => singleIsDenormal(view.getInt32(at, true)),
  load: (env, view, at) => fromSingle(env, view.getInt32(at, true)),
  store(env, a, view, at) {
    const bits = toSingle(env, a);
    if (!stores(env)) return false;
    view.setInt32(at, bits, true);
    return true;
  },
};

const double: Format = {
  bytes: 8,
  widen: (view, at) => widenDouble(view.getInt32(at, true), view.getInt32(at + 4, true)),
  isDenormal: (view, at) => doubleIsDenormal(view.getInt32(at, true), view.getInt32(at + 4, true)),
  load: (env, view, at) => fromDouble(env, view.getInt32(at, true), view.getInt32(at + 4, true)),
  store(env, a, view, at) {
    const { low, high } = toDouble(env, a);
    if (!stores(env)) return false;
    view.setInt32(at, low, true);
    view.setInt32(at + 4, high, true);
    return true;
  },
};

export function readExtended(view: DataView, at: number): Extended {
  return make(view.getUint16(at + 8, true), view.getInt32(at + 4, true), view.getInt32(at, true));
}

export function writeExtended(view: DataView, at: number, a: Extended): void {
  view.setInt32(at, a.low, true);
  view.setInt32(at + 4, a.high, true);
  view.setUint16(at + 8, a.top, true);
}

const extended: Format = {
  bytes: 10,
  widen: readExtended,
  isDenormal: never,
  load: (_env, view, at) => readExtended(view, at),
  store(_env, a, view, at) {
    writeExtended(view, at, a);
    return true;
  },
};

function integer(bits: 16 | 32 | 64, rounding?: number): Format {
  const read = (view: DataView, at: number): Extended => {
    if (bits === 64) return fromInteger(view.getInt32(at, true), view.getInt32(at + 4, true));
    const value = bits === 16 ? view.getInt16(at, true) : view.getInt32(at, true);
    return fromInteger(value, value >> 31);
  };
  return {
    bytes: bits / 8,
    widen: read,
    isDenormal: never,
    load: (_env, view, at) => read(view, at),
    store(env, a, view, at) {
      const { low, high } = toInteger(env, a, bits, rounding);
      if (!stores(env)) return false;
      if (bits === 16) view.setInt16(at, low, true);
      else view.setInt32(at, low, true);
      if (bits === 64) view.setInt32(at + 4, high, true);
      return true;
    },
  };
}

const decimal: Format = {
  bytes: DECIMAL_BYTES,
  widen: (view, at) => fromDecimal(new Uint8Array(view.buffer, at, DECIMAL_BYTES)),
  isDenormal: never,
  load: (_env, view, at) => fromDecimal(new Uint8Array(view.buffer, at, DECIMAL_BYTES)),
  store(env, a, view, at) {
    const bytes = toDecimal(env, a);
    if (!stores(env)) return false;
    for (const [i, byte] of bytes.entries()) view.setUint8(at + i, byte);
    return true;
  },
};

const reads = (bytes: number, run: MemoryHandler['run']): MemoryHandler => ({
  bytes,
  writes: false,
  control: false,
  waits: true,
  run,
});

function arithmetic(mnemonic: string, format: Format): MemoryHandler {
  const operation = Arithmetic[mnemonic]!;
  return reads(format.bytes, (fpu, view, at) => {
    const env = fpu.begin();
    if (fpu.isEmpty(0)) {
      if (fpu.stackFault(false)) fpu.write(0, Indefinite);
      return true;
    }
    const a = fpu.read(0);
    const value = operation(env, a, format.widen(view, at));
    // A narrow denormal is a normal number by now.
    if (format.isDenormal(view, at) && (env.flags & (Flags.IE | Flags.ZE)) === 0 && !isNotANumber(a))
      env.flags |= Flags.DE;
    if (fpu.commit()) fpu.write(0, value);
    return true;
  });
}

function comparison(format: Format, pops: boolean): MemoryHandler {
  return reads(format.bytes, (fpu, view, at) => {
    const denormal = format.isDenormal(view, at) ? Flags.DE : 0;
    const empty = fpu.isEmpty(0);
    const done = empty ? compareEmpty(fpu) : compareTop(fpu, format.widen(view, at), false, denormal);
    if (done && pops) fpu.pop();
    return true;
  });
}

function load(format: Format): MemoryHandler {
  return reads(format.bytes, (fpu, view, at) => {
    const env = fpu.begin();
    if (fpu.pushOverflows()) return true;
    const value = format.load(env, view, at);
    // A denormal is loaded even where DE is unmasked, and reported (as AMD's processors do it; the manual does not say).
    if (fpu.commit() || (env.flags & Flags.IE) === 0) fpu.push(value);
    return true;
  });
}

/** For the indefinite of each format: what a masked fault stores. */
const scratch = new Environment();

function store(format: Format, pops: boolean): MemoryHandler {
  return {
    bytes: format.bytes,
    writes: true,
    control: false,
    waits: true,
    run(fpu, view, at) {
      const env = fpu.begin();
      let stored: boolean;
      if (fpu.isEmpty(0)) {
        stored = fpu.stackFault(false);
        if (stored) {
          scratch.begin(0x37f);
          format.store(scratch, Indefinite, view, at);
        }
      } else {
        stored = format.store(env, fpu.read(0), view, at);
        fpu.commit();
      }
      if (stored && pops) fpu.pop();
      return stored;
    },
  };
}

function control(
  writes: boolean,
  waits: boolean,
  run: (fpu: FpuStack, view: DataView, at: number) => void,
): MemoryHandler {
  return {
    bytes: 2,
    writes,
    control: true,
    waits,
    run(fpu, view, at) {
      run(fpu, view, at);
      return true;
    },
  };
}

const Control: Readonly<Record<string, MemoryHandler>> = {
  FLDCW: control(false, true, (fpu, view, at) => fpu.setControl(view.getUint16(at, true))),
  FNSTCW: control(true, false, (fpu, view, at) => view.setUint16(at, fpu.control, true)),
  FNSTSW: control(true, false, (fpu, view, at) => view.setUint16(at, fpu.status, true)),
};

const REALS: Readonly<Record<string, Format>> = { Md: single, Mq: double, Mt: extended };
const INTEGERS: Readonly<Record<string, 16 | 32 | 64>> = { Mw: 16, Md: 32, Mq: 64 };

function handlerOf(mnemonic: string, operand: string): MemoryHandler | undefined {
  if (mnemonic in Control) return Control[mnemonic];
  if (mnemonic === 'FBLD') return load(decimal);
  if (mnemonic === 'FBSTP') return store(decimal, true);
  if (mnemonic === 'FISTTP') return store(integer(INTEGERS[operand]!, Rounding.chop), true);
  const isInteger = mnemonic.startsWith('FI');
  const name = isInteger ? `F${mnemonic.slice(2)}` : mnemonic;
  const format = isInteger ? integer(INTEGERS[operand]!) : REALS[operand];
  if (!format) return undefined;
  if (name in Arithmetic) return arithmetic(name, format);
  if (name === 'FLD') return load(format);
  if (name === 'FST' || name === 'FSTP') return store(format, name === 'FSTP');
  if (name === 'FCOM' || name === 'FCOMP') return comparison(format, name === 'FCOMP');
  return undefined;
}

/** By opcode (3 bits) and ModRM.reg; none for the environment's instructions. */
export const MemoryHandlers: readonly (MemoryHandler | undefined)[] = (() => {
  const table: (MemoryHandler | undefined)[] = new Array(64).fill(undefined);
  for (const { name, opcode, digit, registerForm, mnemonic, operands } of EscapeRows) {
    if (registerForm >= 0 || operands[0] === 'M') continue;
    const handler = handlerOf(mnemonic, operands[0]!);
    if (!handler) throw new Error(`x87 map: no definition for ${name}`);
    table[((opcode & 7) << 3) | digit] = handler;
  }
  return table;
})();
