/**
 * An engine that runs the printed JavaScript of each instruction: slow, plain, and with nothing in common with the WebAssembly interpreter but the
 * definitions and the processor's services. Tests run both side by side; `--engine oracle` runs a whole machine on it.
 *
 * It executes one record a call, always of the general (segmented) form, so that specialisation for flat segments is witnessed too.
 */
import type { Exception, Size } from '../isa/builder.ts';
import { numbers } from '../isa/numbers.ts';
import { General8, General16, General32, placeOf, type SegmentName } from '../isa/registers.ts';
import type { Engine } from './engine.ts';
import { type ExecutableForm, enumerateForms } from './form-enumeration.ts';
import { FIRST_FORM, FormSelector, Pseudo } from './forms.ts';
import { AccessKind, type Imports, Vector } from './interpreter-imports.ts';
import { Outcome } from './outcome.ts';
import { printStep } from './print.ts';
import { Field, RECORD_SIZE } from './record.ts';
import {
  hostAddress,
  registerAddress,
  SCRATCH_PLACE,
  SegmentCache,
  type State,
  segmentAddress,
  viewState,
} from './state.ts';

type Step = (machine: OracleMachine) => number;

/** What printed text works on. */
export class OracleMachine {
  readonly state: State;
  private readonly view: DataView;
  private readonly imports: Imports;
  record = 0;

  constructor(memory: WebAssembly.Memory, imports: Imports) {
    this.view = new DataView(memory.buffer);
    this.state = viewState(new Int32Array(memory.buffer));
    this.imports = imports;
    for (const name of [...General8, ...General16, ...General32]) {
      const at = registerAddress(name);
      const { size } = placeOf(name);
      Object.defineProperty(this, name, {
        get: () => this.at(at, size),
        set: (value: number) => this.setAt(at, size, value),
      });
    }
  }

  private at(address: number, size: number): number {
    if (size === 4) return this.view.getInt32(address, true);
    return size === 2 ? this.view.getUint16(address, true) : this.view.getUint8(address);
  }

  private setAt(address: number, size: number, value: number): void {
    if (size === 4) this.view.setInt32(address, value, true);
    else if (size === 2) this.view.setUint16(address, value & 0xffff, true);
    else this.view.setUint8(address, value & 0xff);
  }

  rotl = numbers.rotl;
  ctz = numbers.ctz;
  popcnt = numbers.popcnt;

  multiplyHigh(a: number, b: number, signed: boolean): number {
    const product = signed ? BigInt(a) * BigInt(b) : BigInt(a >>> 0) * BigInt(b >>> 0);
    return Number(BigInt.asIntN(32, product >> 32n));
  }

  /** Undefined for #DE. `low` and `high` are `size` bytes each. */
  divide(
    low: number,
    high: number,
    divisor: number,
    size: Size,
    signed: boolean,
  ): { quotient: number; remainder: number } | undefined {
    const bits = size * 8;
    const as = signed ? BigInt.asIntN : BigInt.asUintN;
    const by = as(bits, BigInt(divisor));
    if (by === 0n) return undefined;
    const dividend = as(
      bits * 2,
      (BigInt.asUintN(bits, BigInt(high)) << BigInt(bits)) | BigInt.asUintN(bits, BigInt(low)),
    );
    const quotient = dividend / by;
    if (as(bits, quotient) !== quotient) return undefined;
    return { quotient: Number(BigInt.asIntN(32, quotient)), remainder: Number(BigInt.asIntN(32, dividend % by)) };
  }

  selector(segment: number): number {
    return this.view.getUint16(segmentAddress(segment) + SegmentCache.selector, true);
  }

  base(segment: SegmentName): number {
    return this.view.getInt32(segmentAddress(segment) + SegmentCache.base, true);
  }

  eipAt(offsetInPage: number): number {
    return (this.state.pcBase + offsetInPage) | 0;
  }

  beyondCode(eip: number): boolean {
    return eip >>> 0 > this.view.getUint32(segmentAddress('cs') + SegmentCache.limit, true);
  }

  /** A place for get() and put(), or 0 after raising a fault. */
  access(segment: SegmentName, offset: number, size: number, kind: keyof typeof AccessKind): number {
    const cache = segmentAddress(segment);
    const write = kind !== 'read' && kind !== 'probe-read';
    const low = this.view.getUint32(cache + (write ? SegmentCache.writeLow : SegmentCache.readLow), true);
    const high = this.view.getUint32(cache + (write ? SegmentCache.writeHigh : SegmentCache.readHigh), true);
    const first = offset >>> 0;
    const last = first + size - 1;
    const whole = low === 0 && high === 0xffffffff;
    if (!whole && (first < low || last > high)) {
      this.imports.segmentFault(cache);
      return 0;
    }
    return this.imports.slow((this.base(segment) + offset) | 0, size, AccessKind[kind]);
  }

  get(place: number, size: Size): number {
    return this.at(hostAddress(place), size);
  }

  put(place: number, size: Size, value: number): void {
    this.setAt(hostAddress(place), size, value);
    if (place === SCRATCH_PLACE) this.imports.commit();
  }

  raise(exception: Exception, errorCode: number): number {
    this.imports.raise(Vector[exception], errorCode);
    return Outcome.fault;
  }

  service(number: number, a: number, b: number, c: number): number {
    return this.imports.service(number, this.record, a, b, c);
  }
}

export function oracleEngine(memory: WebAssembly.Memory, imports: Imports): Engine {
  const table = enumerateForms();
  const { forms } = table;
  const machine = new OracleMachine(memory, imports);
  const { state } = machine;
  const view = new DataView(memory.buffer);
  const steps = new Map<string, Step>();

  const compile = (form: ExecutableForm, record: number): Step => {
    const words = [];
    // The index in the block says nothing about the step; the link belongs to the interpreter.
    for (let i = 0; i < RECORD_SIZE; i += 4)
      words.push(
        i === 0
          ? view.getUint16(record, true) | (view.getUint8(record + Field.scale) << 16)
          : view.getInt32(record + i, true),
      );
    const key = words.join();
    let step = steps.get(key);
    if (!step) {
      step = new Function('m', printStep(form, view, record)) as Step;
      if (steps.size > 100_000) steps.clear();
      steps.set(key, step);
    }
    return step;
  };

  const run = (record: number): number => {
    const id = view.getUint16(record + Field.form, true);
    // A block decoded before its bytes were written.
    if (id === Pseudo.stale || id === Pseudo.stop || id === Pseudo.next) {
      state.eip = machine.eipAt(view.getUint16(record + Field.offset, true));
      return Outcome.jump;
    }
    machine.record = record;
    state.exitRecord = record;
    const outcome = compile(forms[id - FIRST_FORM]!, record)(machine);
    state.budget -= 1;
    if (outcome === Outcome.next) state.eip = machine.eipAt(view.getUint16(record + Field.next, true));
    if (outcome === Outcome.fault) state.eip = machine.eipAt(view.getUint16(record + Field.offset, true));
    return outcome === Outcome.next ? Outcome.jump : outcome;
  };
  return { run, forms: new FormSelector(table, true) };
}
