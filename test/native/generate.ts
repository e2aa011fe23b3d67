/**
 * Random cases from the opcode map: for a row, prefixes, ModRM and immediates at random, then a state in which its memory operands mostly lie in the
 * data pages, now and then across their end or in the read-only page, and its values mostly are edges.
 */
import { type Row, Rows } from '../../src/isa/opcode-map.ts';
import type { Random } from '../cpu/rig.ts';
import type { Case, Patch } from './case.ts';
import {
  exclusion,
  hasNoRegisterForm,
  isKernelCall,
  lockIsExtension,
  mayLieAcrossPages,
  repeatChangesMeaning,
} from './exclusions.ts';
import { USER_CODE, USER_DATA } from './guest.ts';
import { CODE, CODE_BYTES, DATA_BYTES, MAX_PATCH } from './layout.ts';
import { modrmMemory, modrmMemory16, type Registers, setLow } from './memory-operand.ts';
import { edgeValue, littleEndian } from './values.ts';

const [EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const FLAGS = [1 << 0, 1 << 2, 1 << 4, 1 << 6, 1 << 7, 1 << 10, 1 << 11];
const TF = 1 << 8;
/** IF and the bit that is always one: user mode has them. */
const USER_FLAGS = 0x202;
const ID = 1 << 21;

export const TestedRows: readonly Row[] = Rows.filter(row => exclusion(row) === undefined);

const STACK = /^(PUSH|POP|PUSHA|POPA|PUSHF|POPF|ENTER|LEAVE|CALL|RET|CALLF|RETF|IRET)$/;
const SHIFTS_BY_CL = /CL/;

/** A state being made. */
interface Draft {
  readonly random: Random;
  readonly data: number;
  readonly registers: Registers;
  readonly patches: Patch[];
  readonly prefixes: number[];
  readonly size: 1 | 2 | 4;
  readonly eip: number;
}

/** A case for `row`, or undefined where the dice gave one that cannot be judged. `data`: where the data pages are. */
export function generate(random: Random, row: Row, data: number): Case | undefined {
  const prefixes = pickPrefixes(random, row, data < 0x10000);
  const operandSize = prefixes.includes(0x66) ? 2 : 4;
  const size =
    row.operands.some(o => /^(.b|AL)$/.test(o)) && !/^(0FB6|0FBE|6A|83|C1|0FA4|0FAC|0FBA)/.test(row.name)
      ? 1
      : operandSize;
  const registers: Registers = Array.from({ length: 8 }, () => edgeValue(random));
  const eip = CODE + 0x800 + random.below(64);
  const draft: Draft = { random, data, registers, patches: [], prefixes, size, eip };
  registers[ESP] = stackAddress(draft);
  if (/LEAVE|ENTER/.test(row.mnemonic) || random.below(4) === 0) registers[EBP] = stackAddress(draft);
  implied(draft, row);
  const opcode = [...prefixes, ...(row.opcode > 0xff ? [0x0f] : []), row.opcode & 0xff];
  const operandBytes = operands(draft, row);
  if (!operandBytes) return undefined;
  correlate(draft, row);
  const code = [...opcode, ...operandBytes];
  if (code.length > 15) return undefined;
  // Now and then at the end of the code page: what is beyond cannot be fetched.
  const atEnd = mayLieAcrossPages(row) && random.below(100) === 0;
  const start = atEnd ? CODE + CODE_BYTES - 1 - random.below(code.length) : eip;
  return {
    code,
    eip: start,
    registers: registers.map(value => value >>> 0),
    eflags: pickFlags(random),
    selectors: [USER_DATA, USER_CODE, USER_DATA, USER_DATA, random.below(4) === 0 ? 0 : USER_DATA, USER_DATA],
    patches: withoutOverlap(draft.patches),
  };
}

function pickFlags(random: Random): number {
  let flags = USER_FLAGS;
  for (const flag of FLAGS) if (random.below(2) === 0) flags |= flag;
  if (random.below(50) === 0) flags |= TF;
  return flags;
}

/** `near`: 16-bit addresses reach the data pages. */
function pickPrefixes(random: Random, row: Row, near: boolean): number[] {
  const prefixes: number[] = [];
  if (random.below(4) === 0) prefixes.push(0x66);
  if (random.below(12) === 0) prefixes.push(random.pick([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]));
  const isString = row.operands.some(o => /^[XY]/.test(o));
  if (isString ? random.below(2) === 0 : !repeatChangesMeaning(row) && random.below(40) === 0)
    prefixes.push(random.pick([0xf2, 0xf3]));
  if (!lockIsExtension(row) && random.below(row.lockable ? 6 : 60) === 0) prefixes.push(0xf0);
  const narrow = touchesMemory(row) ? near && random.below(2) === 0 : random.below(12) === 0;
  if (narrow) prefixes.push(0x67);
  return prefixes;
}

/** Has an operand whose address the address size changes. */
function touchesMemory(row: Row): boolean {
  return row.modrm || row.mnemonic === 'XLAT' || row.operands.some(o => /^[XYO]/.test(o));
}

/** An address for `size` bytes: mostly inside the data pages, else at one of their edges or in the read-only page. */
export function dataAddress({ random, data }: Pick<Draft, 'random' | 'data'>, size: number): number {
  switch (random.below(24)) {
    case 0:
      return data + DATA_BYTES - random.below(size + 4);
    case 1:
      return data - random.below(size + 4);
    case 2:
      return data - 0x1000 + random.below(0x1000);
    case 3:
      return data + 0x1000 - random.below(size + 4);
    default:
      return data + ((0x100 + random.below(DATA_BYTES - 0x200)) & (random.below(2) === 0 ? -4 : -1));
  }
}

function stackAddress(draft: Draft): number {
  return draft.random.below(8) === 0 ? dataAddress(draft, 32) : draft.data + 0x400 + 4 * draft.random.below(0x600);
}

/** Registers that address memory without ModRM, and counts; with 16-bit addresses their low halves. */
function implied(draft: Draft, row: Row): void {
  const { random, registers, size } = draft;
  const set = (number: number, value: number) => {
    if (draft.prefixes.includes(0x67)) setLow(registers, number, value);
    else registers[number] = value >>> 0;
  };
  if (row.operands.some(o => /^[XY]/.test(o))) {
    const source = dataAddress(draft, size);
    set(ESI, source);
    set(EDI, random.below(3) === 0 ? source + random.below(17) - 8 : dataAddress(draft, size));
    set(ECX, random.below(16) === 0 ? edgeValue(random) : random.below(20));
  }
  if (row.mnemonic === 'XLAT') set(EBX, dataAddress(draft, 1) - (registers[EAX]! & 0xff));
  if (row.mnemonic.startsWith('LOOP') || row.mnemonic === 'JCXZ')
    registers[ECX] = random.pick([0, 1, 2, 0x10000, 0x10001, edgeValue(random)]);
}

/** ModRM with what follows it, and immediates; undefined for what must not run on the host. */
function operands(draft: Draft, row: Row): number[] | undefined {
  const { random, prefixes, registers } = draft;
  const bytes: number[] = [];
  const operandSize = prefixes.includes(0x66) ? 2 : 4;
  if (row.modrm) {
    const reg = row.digit >= 0 ? row.digit : random.below(row.operands.includes('Sw') ? 6 : 8);
    const memoryOnly = row.operands.some(o => o[0] === 'M');
    if (!hasNoRegisterForm(row) && random.below(memoryOnly ? 12 : 2) === 0) {
      const rm = random.below(8);
      bytes.push(0xc0 | (reg << 3) | rm);
      aimRegister(draft, row, rm);
    } else {
      const far = /^0F(A3|AB|B3|BB)/.test(row.name);
      const address = dataAddress(draft, row.operands.some(o => /q$|p$|a$/.test(o)) ? 8 : draft.size);
      if (far && random.below(4) !== 0) registers[reg] = (random.below(0x4000) - 0x2000) >>> 0;
      const modrm = prefixes.includes(0x67) ? modrmMemory16 : modrmMemory;
      const memory = modrm(random, reg, address, registers);
      if (far && farOutside(draft, reg, memory.address)) return undefined;
      bytes.push(...memory.bytes);
      aimMemory(draft, row, memory.address);
    }
  }
  for (const operand of row.operands) {
    const immediate = immediateOf(draft, row, operand, operandSize);
    if (immediate === undefined) return undefined;
    bytes.push(...immediate);
  }
  return bytes;
}

/** A bit offset in a register may reach 256 MiB away: then the outcome says nothing. */
function farOutside({ registers, prefixes }: Draft, reg: number, address: number): boolean {
  const offset = prefixes.includes(0x66) ? (registers[reg]! << 16) >> 16 : registers[reg]! | 0;
  const at = address + (offset >> 3);
  return at < 0x1000 || at > 0x50000000;
}

function immediateOf(draft: Draft, row: Row, operand: string, operandSize: 2 | 4): number[] | undefined {
  const { random } = draft;
  const near = () => (random.below(0x600) - 0x300) >>> 0;
  switch (operand) {
    case 'Ib': {
      const value = SHIFTS_BY_CL.test(row.name) || random.below(2) === 0 ? random.below(40) : edgeValue(random) & 0xff;
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
      return littleEndian(near(), operandSize);
    case 'Ap':
      return [
        ...littleEndian(CODE + 0x800 + random.below(0x400), operandSize),
        ...littleEndian(random.pick(SELECTORS), 2),
      ];
    case 'Ob':
    case 'Ov':
      return littleEndian(dataAddress(draft, 4), draft.prefixes.includes(0x67) ? 2 : 4);
    default:
      return [];
  }
}

/** Null, user code and data at several privileges, kernel segments, and beyond the table's limit. */
export const SELECTORS = [
  0, 3, 0x23, 0x23, 0x23, 0x2b, 0x2b, 0x28, 0x20, 0x21, 0x2a, 0x08, 0x1b, 0x18, 0xfff8, 0x80, 0x27,
];

/** What the operand must hold for the row to do something of interest: a target, a selector. */
function aimRegister(draft: Draft, row: Row, rm: number): void {
  const { random, registers } = draft;
  if (/^(JMP|CALL)$/.test(row.mnemonic)) registers[rm] = codeAddress(draft);
  if (row.operands.includes('Ew') && random.below(8) !== 0)
    registers[rm] = (registers[rm]! & 0xffff0000) | random.pick(SELECTORS);
}

function aimMemory(draft: Draft, row: Row, address: number): void {
  const { random } = draft;
  if (/^(JMP|CALL)$/.test(row.mnemonic)) patch(draft, address, littleEndian(codeAddress(draft), 4));
  else if (row.operands.includes('Ew')) patch(draft, address, littleEndian(random.pick(SELECTORS), 2));
  else if (row.operands.includes('Mp')) {
    const offset = littleEndian(codeAddress(draft), draft.prefixes.includes(0x66) ? 2 : 4);
    patch(draft, address, [...offset, ...littleEndian(random.pick(SELECTORS), 2)]);
  } else if (random.below(2) === 0) patch(draft, address, littleEndian(edgeValue(random), 4));
  if (row.mnemonic === 'CMPXCHG8B' && random.below(2) === 0) {
    const { registers } = draft;
    patch(draft, address, [...littleEndian(registers[EAX]!, 4), ...littleEndian(registers[EDX]!, 4)]);
  }
  if (row.mnemonic === 'CMPXCHG' && random.below(2) === 0)
    patch(draft, address, littleEndian(draft.registers[EAX]!, draft.size));
}

const codeAddress = ({ random }: Draft): number => CODE + 0x700 + random.below(0x300);

/** Values that depend on each other: dividends that fit, stacks that hold what is popped. */
function correlate(draft: Draft, row: Row): void {
  const { random, registers } = draft;
  if (/^I?DIV$/.test(row.mnemonic) && random.below(2) === 0) {
    const high = random.pick([0, 0xffffffff, 1, random.below(256)]);
    if (draft.size === 1) registers[EAX] = (registers[EAX]! & 0xffff00ff) | ((high & 0xff) << 8);
    else registers[EDX] = high;
  }
  if (!STACK.test(row.mnemonic)) return;
  const slot = draft.prefixes.includes(0x66) ? 2 : 4;
  const top = registers[ESP]!;
  const flags = () => random.word() & 0x244fd5;
  if (row.mnemonic === 'RET') patch(draft, top, littleEndian(codeAddress(draft), slot));
  if (row.mnemonic === 'POPF') patch(draft, top, littleEndian(flags(), slot));
  if (/^(RETF|IRET)$/.test(row.mnemonic)) {
    const words = [codeAddress(draft), random.pick(SELECTORS), flags() | (random.below(4) ? 0 : ID)];
    if (random.below(2) === 0) words[1] = USER_CODE;
    patch(
      draft,
      top,
      words.flatMap(word => littleEndian(word, slot)),
    );
  }
  if (row.mnemonic === 'POP' && row.operands[0]?.endsWith('S'))
    patch(draft, top, littleEndian(random.pick(SELECTORS), slot));
}

function patch({ patches, data }: Draft, address: number, bytes: readonly number[]): void {
  const offset = address - data;
  if (offset >= 0 && offset + bytes.length <= DATA_BYTES) patches.push({ offset, bytes: bytes.slice(0, MAX_PATCH) });
}

/** The last two patches, or the last alone where they overlap. */
function withoutOverlap(patches: readonly Patch[]): Patch[] {
  const [first, second] = patches.slice(-2);
  if (!first || !second) return patches.slice(-2);
  const apart =
    first.offset + first.bytes.length <= second.offset || second.offset + second.bytes.length <= first.offset;
  return apart ? [first, second] : [second];
}
