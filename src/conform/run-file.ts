/** Runs the vectors of one file, or every n-th of them. */
import type { MakeEngine } from '../cpu/engine.ts';
import { LoadError } from '../loaders/load-error.ts';
import { parseMoo } from '../loaders/moo.ts';
import { parseTestFloat } from '../loaders/testfloat.ts';
import type { Vector, VectorAreas, VectorFile } from '../loaders/vector.ts';
import { parseVectorJson } from '../loaders/vector-json.ts';
import { countedForm, decodeBytes, formName } from './coverage.ts';
import { FloatRunner } from './float-runner.ts';
import { HostRunner } from './host-runner.ts';
import { type Failure, type OpcodeResult, Tally, type TestResult } from './results.ts';
import { type Chip, chipNamed, type SuiteFile } from './suite.ts';
import { VectorRunner } from './vector-runner.ts';

/** Part `index` (from 0) of `count`: vectors whose place in the file leaves this remainder. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Shard = { index: 0, count: 1 };

export interface RunFileOptions {
  readonly engine: MakeEngine;
  readonly shard?: Shard;
  /** The engine compiles what is jumped to: recordings of a host make it compile each instruction. */
  readonly compiled?: boolean;
  /** Told of the form (see coverage.ts) of each instruction that has passed, and whether it completed or raised a fault. */
  covered?(form: string, completed: boolean): void;
}

/** Runs them on processors that it keeps for the next file. */
export class FileRunner {
  private readonly runners = new Map<Chip, VectorRunner>();
  private floats: FloatRunner | undefined;
  private readonly options: RunFileOptions;

  constructor(options: RunFileOptions) {
    this.options = options;
  }

  /**
   * `content`: the file, uncompressed. One result, but for recordings of a host, which hold all opcodes: then one an opcode.
   * Throws LoadError when the file is not what its name says.
   */
  run(file: SuiteFile, content: Uint8Array): OpcodeResult[] {
    if (file.kind === 'float') return [this.runFloats(file, content)];
    const parsed = file.kind === 'json' ? parseVectorJson(content) : parseMoo(content);
    return parsed.areas ? this.runHost(file, parsed, parsed.areas) : [this.runVectors(file, parsed)];
  }

  private runHost(file: SuiteFile, { vectors }: VectorFile, areas: VectorAreas): OpcodeResult[] {
    const runner = hostRunner(areas, this.options);
    const tallies = new Map<string, Tally>();
    for (const test of this.part(vectors)) {
      const result = runner.run(test);
      this.note(result, test.bytes, runner.isBig(test), hasFaulted(test));
      let tally = tallies.get(test.name);
      if (!tally) {
        tally = new Tally();
        tallies.set(test.name, tally);
      }
      tally.add(result, () => describe(test));
    }
    return [...tallies].map(([name, tally]) => {
      const [opcode = '', mnemonic = ''] = name.replace('/', '.').split(' ');
      return tally.result(file.opcode, opcode, mnemonic);
    });
  }

  private runVectors(file: SuiteFile, parsed: VectorFile): OpcodeResult {
    const chip = file.chip ?? chipOf(parsed);
    const runner = this.runner(chip);
    const tally = new Tally();
    for (const test of this.part(parsed.vectors)) {
      const result = runner.run(test, file.encoding);
      this.note(result, test.bytes, false, hasFaulted(test));
      tally.add(result, () => describe(test));
    }
    const first = parsed.vectors[0];
    const mnemonic = first ? (decodeBytes(first.bytes, false)?.row.mnemonic ?? '') : '';
    return tally.result(file.suite, file.opcode, mnemonic);
  }

  private runFloats(file: SuiteFile, content: Uint8Array): OpcodeResult {
    const what = file.float!;
    this.floats ??= new FloatRunner(this.options.engine);
    const runner = this.floats;
    const code = FloatRunner.instruction(what.name);
    const tally = new Tally();
    let index = this.options.shard?.index ?? 0;
    for (const line of this.part(parseTestFloat(content))) {
      const result = runner.run(line, what);
      this.note(result, code, false, false);
      const at = index;
      tally.add(result, () => ({
        index: at,
        name: what.name,
        bytes: [...line.operands, line.result, line.flags.toString(16).padStart(2, '0')].join(' '),
        initial: line.operands.map((operand, i) => `${'ab'[i]} ${operand}`),
      }));
      index += this.options.shard?.count ?? 1;
    }
    return tally.result(file.suite, file.opcode, decodeBytes(code, false)?.row.mnemonic ?? '');
  }

  private part<T>(list: readonly T[]): readonly T[] {
    const { index, count } = this.options.shard ?? WHOLE;
    return count === 1 ? list : list.filter((_, i) => i % count === index);
  }

  private runner(chip: Chip): VectorRunner {
    const known = this.runners.get(chip);
    if (known) return known;
    const made = new VectorRunner(chip, this.options.engine);
    this.runners.set(chip, made);
    return made;
  }

  private note(result: TestResult, code: ArrayLike<number>, big: boolean, faulted: boolean): void {
    if (!this.options.covered || result.kind !== 'passed') return;
    const decoded = decodeBytes(code, big);
    // An interrupt is what INT is for.
    const completed = !faulted || /^INT/.test(decoded?.row.mnemonic ?? '');
    if (decoded) this.options.covered(formName(countedForm(decoded)), completed);
  }
}

/** #DB is the trap after a single step, or INT1: the instruction is complete. */
const hasFaulted = ({ fault, exception }: Vector): boolean =>
  fault ? fault.vector !== DEBUG : exception !== undefined;
const DEBUG = 1;

function hostRunner(areas: VectorAreas, { engine, compiled }: RunFileOptions): HostRunner {
  try {
    return new HostRunner(areas, engine, compiled);
  } catch (error) {
    throw error instanceof RangeError ? new LoadError(error.message) : error;
  }
}

function chipOf({ cpu, vectors }: VectorFile): Chip {
  // The JSON form does not say; exceptions are noted since the 286.
  if (cpu === '' && vectors.some(test => test.exception)) return '80286';
  return chipNamed(cpu);
}

function describe({ index, name, bytes, initial }: Vector): Omit<Failure, 'differences'> {
  const registers = Object.entries(initial.registers).map(([key, value]) => `${key} ${hex(value)}`);
  const memory = initial.memory.map(([address, value]) => `[${hex(address)}] ${hex(value)}`);
  return { index, name, bytes: bytesText(bytes), initial: [...registers, ...memory] };
}

const bytesText = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ');
const hex = (value: number): string => `0x${value.toString(16)}`;
