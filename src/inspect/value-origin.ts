/**
 * Where a value came from: backwards through recorded steps, from the register that was bad to the instruction that put the value there, to the memory or register
 * that had it from, and so on, until an instruction made it or the record ends.
 *
 * *Not modelled*: values of less than four bytes, what x87 instructions store; through SIMD registers nothing is followed.
 */
import type { Decoded } from '../cpu/decoder.ts';
import { vectorBytes } from '../isa/operands.ts';
import { General32 } from '../isa/registers.ts';
import { referencesOf } from './memory-access.ts';
import { FLAT, type Step } from './step-record.ts';

export type Target =
  | { readonly kind: 'register'; readonly number: number }
  | { readonly kind: 'memory'; readonly address: number };

export interface Origin {
  readonly target: Target;
  readonly step: Step;
  /** What the instruction had the value from; undefined: it made it. */
  readonly from: Target | undefined;
  /** A system call changed the register, or the kernel wrote to the memory. */
  readonly byKernel: boolean;
}

const MOST_STEPS = 8;
/** These copy their source. */
const COPIES = new Set(['MOV', 'POP', 'LODS', 'MOVS', 'XCHG', 'CMOVcc']);
/** Their first operand is only read. */
const READERS = new Set([
  'CMP',
  'TEST',
  'BT',
  'PUSH',
  'JMP',
  'CALL',
  'CALLF',
  'JMPF',
  'MUL',
  'DIV',
  'IDIV',
  'BOUND',
  'OUT',
  'NOP',
]);
const STACK_WRITERS = new Set(['PUSH', 'PUSHA', 'PUSHF', 'CALL', 'CALLF', 'ENTER']);
const STRING_WRITERS = new Set(['MOVS', 'STOS', 'INS']);

export function targetText(target: Target): string {
  return target.kind === 'register' ? General32[target.number]! : `0x${target.address.toString(16).padStart(8, '0')}`;
}

/**
 * The way back from `target` as it is before the last step, which itself is only there to say how things were then; latest first. Where the record does
 * not reach, the last one's `from` says what is still to be looked for.
 */
export function originsOf(target: Target, value: number, steps: readonly Step[]): Origin[] {
  const found: Origin[] = [];
  let wanted: Target | undefined = target;
  let before = steps.length - 1;
  while (wanted && found.length < MOST_STEPS) {
    const origin: { origin: Origin; index: number } | undefined = lastWriter(wanted, steps, before);
    // One that left another value was not the last: something wrote there that is not followed.
    if (!origin || !leaves(origin.origin, value)) break;
    found.push(origin.origin);
    before = origin.index;
    wanted = origin.origin.from;
  }
  return found;
}

/** The last of the steps before index `before` that wrote the target. */
export function lastWriter(
  target: Target,
  steps: readonly Step[],
  before: number,
): { origin: Origin; index: number } | undefined {
  for (let i = before - 1; i >= 0; i--) {
    const step = steps[i]!;
    if (target.kind === 'memory') {
      if (!writesMemory(step, target.address)) continue;
      return { origin: { target, step, from: sourceOf(step, target), byKernel: !step.user }, index: i };
    }
    if (!step.user) continue;
    // A stretch of the kernel's is one step of the program's.
    let next = i + 1;
    while (next < steps.length && !steps[next]!.user) next++;
    const after = steps[next];
    const changed = after !== undefined && after.registers[target.number] !== step.registers[target.number];
    const byKernel = next > i + 1 && changed && step.decoded?.row.mnemonic === 'INT';
    if (byKernel) return { origin: { target, step, from: undefined, byKernel }, index: i };
    // An instruction that faulted is begun anew, and only then has it done anything.
    if (after?.eip === step.eip && next > i + 1) continue;
    if (!changed && !writesRegister(step.decoded, target.number)) continue;
    return { origin: { target, step, from: sourceOf(step, target), byKernel: false }, index: i };
  }
  return undefined;
}

/** Whether it can have been this value that the step put there, as far as that is known. */
function leaves({ target, step, from, byKernel }: Origin, value: number): boolean {
  if (byKernel) return true;
  if (from?.kind === 'register') return step.registers[from.number] === value;
  const { decoded } = step;
  if (target.kind === 'memory' && decoded?.row.mnemonic === 'MOV' && from === undefined && decoded.operandSize === 4)
    return decoded.immediates[0]! >>> 0 === value;
  return true;
}

function writesRegister(decoded: Decoded | undefined, number: number): boolean {
  return decoded !== undefined && !READERS.has(decoded.row.mnemonic) && registerOperand(decoded, 0) === number;
}

/** The 32-bit general register that an operand is. */
function registerOperand(decoded: Decoded, index: number): number | undefined {
  const notation = decoded.row.operands[index];
  if (notation === undefined || decoded.operandSize !== 4 || /[bw]$/.test(notation)) return undefined;
  if (notation === 'eAX') return 0;
  switch (notation[0]) {
    case 'G':
      return (decoded.modrm >> 3) & 7;
    case 'Z':
      return decoded.opcode & 7;
    case 'E':
      return decoded.memory ? undefined : decoded.modrm & 7;
    default:
      return undefined;
  }
}

function writesMemory({ decoded, registers }: Step, address: number): boolean {
  if (!decoded) return false;
  const { mnemonic, operands } = decoded.row;
  const references = referencesOf(decoded, { registers, segments: FLAT });
  const covers = (reference: { address: number; size: number }): boolean =>
    (address - reference.address) >>> 0 < reference.size;
  if (STACK_WRITERS.has(mnemonic) || STRING_WRITERS.has(mnemonic))
    return references[0] !== undefined && covers(references[0]);
  if (decoded.row.simd) {
    const size = vectorBytes(operands[0] ?? '');
    return (
      /^[WQM]/.test(operands[0] ?? '') &&
      size !== undefined &&
      references[0] !== undefined &&
      covers({ ...references[0], size })
    );
  }
  if (READERS.has(mnemonic) || !/^[EMO]/.test(operands[0] ?? '') || !decoded.memory) return false;
  // POP has its stack besides.
  return references.some(reference => covers(reference) && !(mnemonic === 'POP' && reference.registers[0] === 4));
}

/** What an instruction had the value from that it wrote to a target. */
function sourceOf({ decoded, registers }: Step, target: Target): Target | undefined {
  if (!decoded) return undefined;
  const { mnemonic, operands } = decoded.row;
  if (mnemonic === 'PUSH' && target.kind === 'memory') {
    const number = registerOperand(decoded, 0);
    if (number !== undefined) return { kind: 'register', number };
    return decoded.memory ? memoryTarget(decoded, registers) : undefined;
  }
  if (!COPIES.has(mnemonic)) return undefined;
  if (mnemonic === 'MOVS') {
    const read = referencesOf(decoded, { registers, segments: FLAT })[1];
    return read && { kind: 'memory', address: read.address };
  }
  if (target.kind === 'memory' || decoded.memory === undefined) {
    const source =
      mnemonic === 'POP' || mnemonic === 'LODS' ? undefined : registerOperand(decoded, operands.length - 1);
    if (source !== undefined) return { kind: 'register', number: source };
    if (target.kind === 'memory') return undefined;
  }
  if (mnemonic === 'MOV' && decoded.memory === undefined && !/^O/.test(operands[1] ?? '')) return undefined;
  return memoryTarget(decoded, registers);
}

/** The memory that is read: of POP and LODS too. */
function memoryTarget(decoded: Decoded, registers: readonly number[]): Target | undefined {
  const references = referencesOf(decoded, { registers, segments: FLAT });
  const read = decoded.row.mnemonic === 'PUSH' ? references.at(-1) : references[0];
  return read && read.size === 4 ? { kind: 'memory', address: read.address } : undefined;
}
