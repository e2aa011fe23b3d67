/**
 * Random cases from the opcode map: for a row, prefixes, ModRM and immediates at random, then a state in which its memory operands mostly lie in the
 * data pages, now and then across their end or in the read-only page, and its values mostly are edges.
 */
import { type Row, Rows } from '../../src/isa/opcode-map.ts';
import type { Random } from '../cpu/rig.ts';
import type { Case } from './case.ts';
import {
  type Arena,
  baseOf,
  CS,
  codeOffset,
  type Draft,
  DS,
  dataOffset,
  EAX,
  EBP,
  EBX,
  ECX,
  EDI,
  EDX,
  ES,
  ESI,
  ESP,
  edgeRegisters,
  patch,
  pickFlags,
  pickSelector,
  pickSelectors,
  SS,
  segmentInEffect,
  setStackPointer,
  stackTop,
  withoutOverlap,
} from './draft.ts';
import {
  exclusion,
  hasNoRegisterForm,
  isKernelCall,
  lockIsExtension,
  mayLieAcrossPages,
  repeatChangesMeaning,
} from './exclusions.ts';
import { CODE, CODE_BYTES } from './layout.ts';
import { isBig } from './local-segments.ts';
import { modrmMemory, modrmMemory16, setLow } from './memory-operand.ts';
import { edgeValue, littleEndian } from './values.ts';

/** What POPF, IRET and others may find as flags: all that user mode may set, and IF, IOPL, which it may not. */
const FLAGS_IMAGE = 0x247fd5;

export const TestedRows: readonly Row[] = Rows.filter(row => exclusion(row) === undefined);

const NEAR_INDIRECT = /^(JMP|CALL)$/;
const POPS = /^(RET|POPF|RETF|IRET|POP)$/;

/** A case for `row`, or undefined where the dice gave one that cannot be judged. */
export function generate(random: Random, row: Row, arena: Arena): Case | undefined {
  const selectors = pickSelectors(random, arena);
  const big = isBig(selectors[CS]!);
  const prefixes = pickPrefixes(random, row, big, arena);
  const operandSize = prefixes.includes(0x66) === big ? 2 : 4;
  const addressSize = prefixes.includes(0x67) === big ? 2 : 4;
  const size = /^(.b|AL)$/.test(row.operands[0] ?? '')
    ? 1
    : row.operands.some(o => /^M[qpa]$/.test(o))
      ? 8
      : operandSize;
  const registers = edgeRegisters(random);
  const draft: Draft = { random, arena, selectors, prefixes, operandSize, addressSize, size, registers, patches: [] };
  setStackPointer(draft, ESP);
  if (/LEAVE|ENTER/.test(row.mnemonic) || random.below(4) === 0) setStackPointer(draft, EBP);
  implied(draft, row);
  const operandBytes = operands(draft, row);
  if (!operandBytes) return undefined;
  if (/^I?DIV$/.test(row.mnemonic) && random.below(2) === 0) fitDividend(draft);
  if (POPS.test(row.mnemonic)) fillStack(draft, row);
  const code = [...prefixes, ...(row.opcode > 0xff ? [0x0f] : []), row.opcode & 0xff, ...operandBytes];
  if (code.length > 15) return undefined;
  // Now and then at the end of the code page: what is beyond cannot be fetched.
  const atEnd = mayLieAcrossPages(row) && random.below(100) === 0;
  const place = atEnd ? CODE_BYTES - 1 - random.below(code.length) : 0x800 + random.below(64);
  return {
    code,
    eip: CODE + place - baseOf(draft, CS),
    place,
    registers: registers.map(value => value >>> 0),
    eflags: pickFlags(random),
    selectors,
    patches: withoutOverlap(draft.patches),
  };
}

function pickPrefixes(random: Random, row: Row, big: boolean, { data, segmented }: Arena): number[] {
  const prefixes: number[] = [];
  if (random.below(4) === 0) prefixes.push(0x66);
  if (random.below(segmented ? 4 : 12) === 0) prefixes.push(random.pick([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]));
  const isString = row.operands.some(o => /^[XY]/.test(o));
  if (isString ? random.below(2) === 0 : !repeatChangesMeaning(row) && random.below(40) === 0)
    prefixes.push(random.pick([0xf2, 0xf3]));
  if (!lockIsExtension(row) && random.below(row.lockable ? 6 : 60) === 0) prefixes.push(0xf0);
  // 16-bit addresses reach the data pages where these are low or segments begin there; from 16-bit code, 32-bit addresses always do.
  const reaches = data < 0x10000 || segmented || !big;
  const other = touchesMemory(row) ? reaches && random.below(2) === 0 : random.below(12) === 0;
  if (other) prefixes.push(0x67);
  return prefixes;
}

/** Has an operand whose address the address size changes. */
function touchesMemory(row: Row): boolean {
  return row.modrm || row.mnemonic === 'XLAT' || row.operands.some(o => /^[XYO]/.test(o));
}

/** Registers that address memory without ModRM, and counts; with 16-bit addresses their low halves. */
function implied(draft: Draft, row: Row): void {
  const { random, registers, size, addressSize } = draft;
  const set = (number: number, value: number) => {
    if (addressSize === 2) setLow(registers, number, value);
    else registers[number] = value >>> 0;
  };
  if (row.operands.some(o => /^[XY]/.test(o))) {
    const source = dataOffset(draft, segmentInEffect(draft, DS), size);
    set(ESI, source);
    set(EDI, random.below(3) === 0 ? source + random.below(17) - 8 : dataOffset(draft, ES, size));
    set(ECX, random.below(16) === 0 ? edgeValue(random) : random.below(20));
  }
  if (row.mnemonic === 'XLAT') set(EBX, dataOffset(draft, segmentInEffect(draft, DS), 1) - (registers[EAX]! & 0xff));
  if (row.mnemonic.startsWith('LOOP') || row.mnemonic === 'JCXZ')
    registers[ECX] = random.pick([0, 1, 2, 0x10000, 0x10001, edgeValue(random)]);
}

/** ModRM with what follows it, and immediates; undefined for what must not run on the host. */
function operands(draft: Draft, row: Row): number[] | undefined {
  const { random } = draft;
  const bytes: number[] = [];
  if (row.modrm) {
    const reg = row.digit >= 0 ? row.digit : random.below(row.operands.includes('Sw') ? 6 : 8);
    const memoryOnly = row.operands.some(o => o[0] === 'M');
    if (!hasNoRegisterForm(row) && random.below(memoryOnly ? 12 : 2) === 0) {
      const rm = random.below(8);
      bytes.push(0xc0 | (reg << 3) | rm);
      aimRegister(draft, row, rm);
    } else {
      bytes.push(...memoryOperand(draft, row, reg));
    }
  }
  for (const operand of row.operands) {
    const immediate = immediateOf(draft, row, operand);
    if (immediate === undefined) return undefined;
    bytes.push(...immediate);
  }
  return bytes;
}

function memoryOperand(draft: Draft, row: Row, reg: number): readonly number[] {
  const { random, registers, addressSize, size } = draft;
  // A bit offset in a register may reach 256 MiB away: mostly it stays near.
  if (/^0F(A3|AB|B3|BB)/.test(row.name) && random.below(8) !== 0)
    registers[reg] = (random.below(0x4000) - 0x2000) >>> 0;
  const wanted = (onStack: boolean) => dataOffset(draft, segmentInEffect(draft, onStack ? SS : DS), size);
  const modrm = addressSize === 2 ? modrmMemory16 : modrmMemory;
  const { bytes, offset, onStack } = modrm(random, reg, wanted, registers);
  aimMemory(draft, row, (baseOf(draft, segmentInEffect(draft, onStack ? SS : DS)) + offset) >>> 0);
  return bytes;
}

function immediateOf(draft: Draft, row: Row, operand: string): number[] | undefined {
  const { random, operandSize, addressSize } = draft;
  switch (operand) {
    case 'Ib': {
      const value = random.below(2) === 0 ? random.below(40) : edgeValue(random) & 0xff;
      return isKernelCall(row, value) ? undefined : [value];
    }
    case 'sIb':
      return [edgeValue(random) & 0xff];
    case 'Jb':
      return [random.below(256)];
    case 'Iw':
      // Processors differ in when they look at the stack a far return releases to: it stays within the data pages.
      return littleEndian(
        random.below(4) === 0 && row.mnemonic !== 'RETF' ? edgeValue(random) & 0xffff : random.below(64) * 4,
        2,
      );
    case 'Iz':
      return littleEndian(edgeValue(random), operandSize);
    case 'Jz':
      return littleEndian((random.below(0x600) - 0x300) >>> 0, operandSize);
    case 'Ap':
      return farPointer(draft);
    case 'Ob':
    case 'Ov':
      return littleEndian(dataOffset(draft, segmentInEffect(draft, DS), 4), addressSize);
    default:
      return [];
  }
}

/** Offset and selector. */
function farPointer(draft: Draft): number[] {
  const selector = pickSelector(draft);
  return [...littleEndian(codeOffset(draft, selector), draft.operandSize), ...littleEndian(selector, 2)];
}

const nearTarget = (draft: Draft): number => codeOffset(draft, draft.selectors[CS]!);

/** What the operand must hold for the row to do something of interest: a target, a selector. */
function aimRegister(draft: Draft, row: Row, rm: number): void {
  const { random, registers } = draft;
  if (NEAR_INDIRECT.test(row.mnemonic)) registers[rm] = nearTarget(draft);
  if (row.operands.includes('Ew') && random.below(8) !== 0) setLow(registers, rm, pickSelector(draft));
}

function aimMemory(draft: Draft, row: Row, linear: number): void {
  const { random, registers, size } = draft;
  const again = random.below(2) === 0;
  if (NEAR_INDIRECT.test(row.mnemonic)) patch(draft, linear, littleEndian(nearTarget(draft), 4));
  else if (row.operands.includes('Ew')) patch(draft, linear, littleEndian(pickSelector(draft), 2));
  else if (row.operands.includes('Mp')) patch(draft, linear, farPointer(draft));
  else if (row.mnemonic === 'CMPXCHG8B' && again)
    patch(draft, linear, [...littleEndian(registers[EAX]!, 4), ...littleEndian(registers[EDX]!, 4)]);
  else if (row.mnemonic === 'CMPXCHG' && again) patch(draft, linear, littleEndian(registers[EAX]!, size));
  else if (again) patch(draft, linear, littleEndian(edgeValue(random), 4));
}

/** A high half for which most quotients fit. */
function fitDividend({ random, registers, size }: Draft): void {
  const high = random.pick([0, 0xffffffff, 1, random.below(256)]);
  if (size === 1) registers[EAX] = (registers[EAX]! & 0xffff00ff) | ((high & 0xff) << 8);
  else registers[EDX] = high;
}

/** What the row pops: targets in the code page, selectors, flags. */
function fillStack(draft: Draft, { mnemonic, operands: [operand] }: Row): void {
  const { random, operandSize, selectors } = draft;
  const selector = random.below(2) === 0 ? selectors[CS]! : pickSelector(draft);
  const flags = random.word() & FLAGS_IMAGE;
  const words: Readonly<Record<string, readonly number[]>> = {
    RET: [nearTarget(draft)],
    POPF: [flags],
    RETF: [codeOffset(draft, selector), selector],
    IRET: [codeOffset(draft, selector), selector, flags],
    POP: operand?.endsWith('S') ? [pickSelector(draft)] : [],
  };
  patch(
    draft,
    stackTop(draft),
    words[mnemonic]!.flatMap(word => littleEndian(word, operandSize)),
  );
}
