/**
 * The vocabulary in which instructions are defined. A lifter (src/isa/lift) says what an instruction means by calling a Builder;
 * every use of the definition - WebAssembly interpreter, printed JavaScript, observation - is a Builder of its own.
 *
 * `V` is a 32-bit value as that reading sees it: a WebAssembly expression, JavaScript text, an abstract fact.
 * Order matters: calls that touch registers, memory or flags take effect in the order they are made; pure arithmetic may be evaluated
 * late or twice, so a value used more than once is worth a `let`.
 */
import type { Condition, FlagKind, FlagWords } from './flags.ts';
import type { RegisterName, SegmentName } from './registers.ts';

/** Operand size in bytes. */
export type Size = 1 | 2 | 4;

/** Where an operand of a form lies; a lifter only passes it on to read(), write() and their kin. */
export type Operand =
  | { readonly kind: 'register'; readonly size: Size; readonly field: 'rm' | 'reg' }
  | { readonly kind: 'fixed'; readonly size: Size; readonly register: RegisterName }
  | { readonly kind: 'memory'; readonly size: Size; readonly addressing: Addressing }
  | { readonly kind: 'source' | 'destination'; readonly size: Size; readonly addressing: Addressing }
  | { readonly kind: 'immediate'; readonly size: Size; readonly field: 'imm' | 'imm2' }
  | { readonly kind: 'one'; readonly size: Size }
  | { readonly kind: 'relative'; readonly size: Size }
  /** A segment register; read() gives its selector. */
  | { readonly kind: 'segment'; readonly size: Size }
  | { readonly kind: 'control' | 'debug'; readonly size: Size };

/**
 * How an effective address becomes linear: `flat` base + disp in a zero-based 4 GiB segment, `indexed` the same with a scaled index,
 * `segmented` the general case: 16- or 32-bit address arithmetic, segment base, limit and rights.
 */
export type Addressing = 'flat' | 'indexed' | 'segmented';

/** What a lifter knows of the instruction when it is lifted. */
export interface Form {
  readonly mnemonic: string;
  /** Operand size of the instruction: 1 for byte rows, else 2 or 4. */
  readonly size: Size;
  readonly operands: readonly Operand[];
  /** Condition code of Jcc, SETcc, CMOVcc. */
  readonly condition: Condition;
  readonly repeat: 'none' | 'rep' | 'repne';
  /** Stack and string addressing in this mode of the processor. */
  readonly addressing: 'flat' | 'segmented';
}

/** Exceptions a lifter may raise itself. */
export type Exception = 'DE' | 'OF' | 'BR' | 'UD' | 'NM' | 'GP';

/** Words of processor state that are neither general registers nor lazy flags. */
export type StateWord =
  | 'eflags'
  | 'cpl'
  | 'cr0'
  | 'cr4'
  | 'stackMask'
  | 'gdtBase'
  | 'gdtLimit'
  | 'idtBase'
  | 'idtLimit'
  | 'ldtSelector'
  | 'taskSelector';

/** Pure arithmetic on 32-bit integers. Comparisons give 0 or 1; shift counts are taken modulo 32. */
export interface Arithmetic<V> {
  k(value: number): V;
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  and(a: V, b: V): V;
  or(a: V, b: V): V;
  xor(a: V, b: V): V;
  shl(a: V, count: V): V;
  shr(a: V, count: V): V;
  sar(a: V, count: V): V;
  rotl(a: V, count: V): V;
  eq(a: V, b: V): V;
  ne(a: V, b: V): V;
  ltu(a: V, b: V): V;
  lts(a: V, b: V): V;
  remu(a: V, b: V): V;
  eqz(a: V): V;
  clz(a: V): V;
  ctz(a: V): V;
  popcnt(a: V): V;
  select(condition: V, yes: V, no: V): V;
  zeroExtend(a: V, size: Size): V;
  signExtend(a: V, size: Size): V;
}

export interface Evaluator<V> extends Arithmetic<V> {
  /** Evaluates now, once. */
  let(a: V): V;
}

export interface Builder<V> extends Evaluator<V> {
  readonly form: Form;

  /** Low and high words of the 64-bit product. */
  multiply(a: V, b: V, signed: boolean): { low: V; high: V };
  /** Divides high:low (of twice `size` bytes) by `divisor`; raises #DE when the divisor is zero or the quotient does not fit. */
  divide(low: V, high: V, divisor: V, size: Size, signed: boolean): { quotient: V; remainder: V };

  /** A value that assign() may change, for use across if() and loop(). */
  variable(initial: V): V;
  assign(variable: V, value: V): void;
  if(condition: V, then: () => void, otherwise?: () => void): void;

  // Registers and state
  register(name: RegisterName): V;
  setRegister(name: RegisterName, value: V): void;
  state(word: StateWord): V;
  setState(word: 'eflags', value: V): void;
  /** EIP of the next instruction. */
  nextEip(): V;

  // Flags
  flags(kind: FlagKind, size: Size, a: V, b: V, result: V): void;
  flagWords(): FlagWords<V>;
  setFlagWords(words: Partial<FlagWords<V>>): void;
  condition(condition: Condition): V;

  // Operands. Reads are zero-extended to 32 bits.
  read(operand: Operand): V;
  /** Reads an operand that write() will change: a memory operand is checked for writing first, so that write() cannot fault. */
  readForWrite(operand: Operand): V;
  write(operand: Operand, value: V): void;
  /** Offset of a memory operand in its segment, plus `displacement`. */
  offset(operand: Operand, displacement?: V): V;
  /** Which segment, control or debug register: a number for services. */
  special(operand: Operand): V;
  /** Encoding number of a register operand, for services that write it. */
  registerNumber(operand: Operand): V;
  /** Low three bits of an escape opcode and its ModRM byte: 11 bits. */
  escapeCode(): V;
  /** The selector of a far pointer in the instruction itself. */
  readSelector(): V;

  // Memory by segment and offset; `operand` takes the segment of a memory or source-string operand.
  load(segment: SegmentName | Operand, offset: V, size: Size): V;
  loadForWrite(segment: SegmentName | Operand, offset: V, size: Size): V;
  store(segment: SegmentName | Operand, offset: V, size: Size, value: V): void;
  /** Faults as a write (or read) of `size` bytes at offset would, and does nothing else. */
  probe(segment: SegmentName | Operand, offset: V, size: number, write: boolean): void;
  /** Linear base of a memory operand's segment. */
  segmentBase(operand: Operand): V;
  /** FFFFh or FFFFFFFFh by the instruction's address size. */
  addressMask(): V;

  // Ends of an instruction
  /** Raises #GP(0) when EIP (or the target of a relative operand) lies beyond the limit of CS; comes before whatever the jump writes. */
  checkTarget(target: V | Operand): void;
  /** Near jump to a computed EIP. */
  jump(eip: V): void;
  /** Near jump to the relative operand. */
  jumpRelative(operand: Operand): void;
  raise(exception: Exception, errorCode?: number): void;
  /**
   * Calls a service of the processor written in TypeScript (src/cpu). Whether it ends the instruction is its own property:
   * see Services in service.ts.
   */
  service(name: ServiceName, ...operands: V[]): void;
  /** Repeats `once` while rCX is not zero, decrementing it, as REP does; `until` (after a pass) ends it early. */
  repeat(once: () => void, until?: () => V): void;
}

export type Lifter = <V>(b: Builder<V>, form: Form) => void;

/**
 * Services: what an instruction asks of the processor beyond registers, memory and flags.
 * `ends`: the instruction always ends the block (control, mode or I/O may have changed); the others return and the next instruction follows.
 */
export const Services = {
  farJump: { ends: true },
  farCall: { ends: true },
  farReturn: { ends: true },
  interrupt: { ends: true },
  enterNested: { ends: false },
  interruptReturn: { ends: true },
  loadSegment: { ends: true },
  loadFarPointer: { ends: true },
  popSegment: { ends: true },
  setFlags: { ends: true, infallible: true },
  setInterruptFlag: { ends: true },
  clearInterruptFlag: { ends: true },
  halt: { ends: true },
  in: { ends: true },
  out: { ends: true },
  stringIn: { ends: true },
  stringOut: { ends: true },
  loadDescriptorTable: { ends: true },
  loadLocalTable: { ends: true },
  loadTask: { ends: true },
  moveToControl: { ends: true },
  moveToDebug: { ends: true },
  loadStatus: { ends: true },
  clearTaskSwitched: { ends: true },
  invalidatePage: { ends: true },
  invalidateCaches: { ends: false },
  writeMsr: { ends: true },
  moveFromControl: { ends: false },
  moveFromDebug: { ends: false },
  readMsr: { ends: false },
  readCounter: { ends: false },
  readTimestamp: { ends: false },
  identify: { ends: false },
  loadAccessRights: { ends: false },
  loadSegmentLimit: { ends: false },
  verifyRead: { ends: false },
  verifyWrite: { ends: false },
  breakpoint: { ends: true },
  /** MMX and SSE: (offset of the memory operand, whether there is one); the rest stands in the record. */
  simd: { ends: false },
  // x87: see lift/x87.ts
  fpuRegister: { ends: false },
  fpuMemory: { ends: false },
  fpuWait: { ends: false },
  saveExtended: { ends: false },
  restoreExtended: { ends: false },
  sysenter: { ends: true },
  sysexit: { ends: true },
} as const satisfies Record<string, { readonly ends: boolean; readonly infallible?: true }>;
export type ServiceName = keyof typeof Services;
/** Service numbers, as compiled code passes them. */
export const ServiceNames = Object.keys(Services) as readonly ServiceName[];
