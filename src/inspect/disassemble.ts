/**
 * Instructions as text: Intel operand order, sizes always said (`mov dword [eax],0x2a`), numbers in hexadecimal, targets absolute. It prints what
 * the one decoder found, by the opcode map's own operand notation, so that there is no second opinion of what bytes mean.
 */
import { type Decoded, decode, type Fetch, type MemoryOperand } from '../cpu/decoder.ts';
import { vectorBytes } from '../isa/operands.ts';
import { General8, General16, General32, Segments } from '../isa/registers.ts';

export interface DisassembleOptions {
  /** Offset of the instruction in its code segment. */
  readonly address: number;
  /** CS.D: 32-bit defaults. */
  readonly big?: boolean;
  /** A name to say beside a jump's target. */
  readonly name?: (address: number) => string | undefined;
}

export interface Disassembled {
  readonly text: string;
  /** In bytes; 1 for a byte that begins no instruction. */
  readonly length: number;
  readonly decoded: Decoded | undefined;
}

/** Disassembles what `fetch` gives. Bytes that are no instruction come as `(bad) 0xff`; none at all as `(unreadable)`. */
export function disassembleAt(fetch: Fetch, options: DisassembleOptions): Disassembled {
  const decoded = decode(fetch, options.big ?? true);
  if (typeof decoded !== 'string') return { text: disassemble(decoded, options), length: decoded.length, decoded };
  const first = fetch(0);
  return { text: first < 0 ? '(unreadable)' : `(bad) ${hex(first)}`, length: 1, decoded: undefined };
}

export function disassemble(decoded: Decoded, options: DisassembleOptions): string {
  const { row } = decoded;
  const { prefix, mnemonic } = nameOf(decoded, options.big ?? true);
  let immediate = 0;
  const nextImmediate = (): number => decoded.immediates[immediate++]!;
  const implied = STRINGS.has(row.mnemonic);
  const operands = implied ? [] : row.operands.map(notation => operandText(notation, decoded, options, nextImmediate));
  return `${prefix}${mnemonic}${operands.length > 0 ? ` ${operands.join(',')}` : ''}`;
}

const STRINGS = new Set(['MOVS', 'CMPS', 'STOS', 'LODS', 'SCAS', 'INS', 'OUTS']);
const CONDITIONAL_REPEATS = new Set(['CMPS', 'SCAS']);

/** Everyday names of the conditions, in encoding order. */
const CONDITIONS = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'] as const;

/** Instructions whose name tells their operand size: 16-bit, 32-bit. */
const BY_SIZE: Readonly<Record<string, readonly [string, string]>> = { CBW: ['cbw', 'cwde'], CWD: ['cwd', 'cdq'] };
/** Instructions that move as much as the operand size says, with operands that do not show it: a suffix does when it is not the default. */
const SUFFIXED =
  /^(PUSHA|POPA|PUSHF|POPF|IRET|RETF?|LEAVE|ENTER|CALLF|JMPF|FLDENV|FNSTENV|FRSTOR|FNSAVE|(PUSH|POP) (s?I.|[A-Z]S)|(CALL|JMP) Jz)\b/;
const RENAMED: Readonly<Record<string, string>> = {
  LOOPNZ: 'loopne',
  LOOPZ: 'loope',
  CALLF: 'call',
  JMPF: 'jmp',
  WAIT: 'fwait',
};

function nameOf(decoded: Decoded, big: boolean): { prefix: string; mnemonic: string } {
  const { row, lock, repeat, operandSize, addressSize, opcode, override } = decoded;
  const { mnemonic: name } = row;
  let prefix = lock ? 'lock ' : '';
  if (opcode === 0x90 && repeat === 0xf3) return { prefix, mnemonic: 'pause' };
  if (repeat !== 0 && row.prefix === 0) {
    const equal = CONDITIONAL_REPEATS.has(name) ? 'repe ' : 'rep ';
    prefix += repeat === 0xf3 ? equal : 'repne ';
  }
  if (STRINGS.has(name)) {
    if (override >= 0) prefix += `${Segments[override]} `;
    if (addressSize !== (big ? 4 : 2)) prefix += addressSize === 4 ? 'a32 ' : 'a16 ';
    const byte = row.operands.some(o => o.endsWith('b'));
    return { prefix, mnemonic: `${name.toLowerCase()}${byte ? 'b' : operandSize === 4 ? 'd' : 'w'}` };
  }
  if (name.endsWith('cc')) return { prefix, mnemonic: `${name.slice(0, -2).toLowerCase()}${CONDITIONS[opcode & 15]}` };
  if (name === 'JCXZ') return { prefix, mnemonic: addressSize === 4 ? 'jecxz' : 'jcxz' };
  const bySize = BY_SIZE[name];
  if (bySize) return { prefix, mnemonic: bySize[operandSize === 4 ? 1 : 0] };
  const odd = operandSize !== (big ? 4 : 2) && SUFFIXED.test(`${name} ${row.operands[0] ?? ''}`);
  return { prefix, mnemonic: `${RENAMED[name] ?? name.toLowerCase()}${odd ? (operandSize === 4 ? 'd' : 'w') : ''}` };
}

function operandText(notation: string, decoded: Decoded, options: DisassembleOptions, immediate: () => number): string {
  const { modrm, opcode, memory, operandSize, row } = decoded;
  const size = sizeOf(notation, operandSize);
  const reg = (modrm >> 3) & 7;
  if (notation === 'eAX') return register(0, operandSize);
  if (notation === 'STi') return `st(${modrm & 7})`;
  if (/^[A-Z]{2}$/.test(notation)) return notation.toLowerCase();
  switch (notation[0]) {
    case 'P':
      return `mm${reg}`;
    case 'V':
      return `xmm${reg}`;
    case 'N':
    case 'Q':
      return memory ? memoryText(memory, decoded, vectorSize(notation)) : `mm${modrm & 7}`;
    case 'U':
    case 'W':
      return memory ? memoryText(memory, decoded, vectorSize(notation)) : `xmm${modrm & 7}`;
    case 'E':
      if (memory)
        return memoryText(memory, decoded, SELECTORS.has(row.mnemonic) || row.operands[1] === 'Sw' ? 2 : size);
      // PINSRW takes the low word of a doubleword register.
      return register(modrm & 7, row.simd ? 4 : size);
    case 'M':
      return memoryText(
        memory!,
        decoded,
        notation === 'Mp' && row.operands.length === 1 ? 'far' : vectorSize(notation),
      );
    case 'O':
      return memoryText(memory!, decoded, size);
    case 'R':
      return register(modrm & 7, 4);
    case 'G':
      return register(reg, size);
    case 'Z':
      return register(opcode & 7, size);
    case 'S':
      return Segments[reg]!;
    case 'C':
      return `cr${reg}`;
    case 'D':
      return `dr${reg}`;
    case '1':
      return '1';
    case 'A': {
      const offset = immediate();
      return `${hex(immediate())}:${hex(offset)}`;
    }
    case 'J': {
      const target = (options.address + decoded.length + immediate()) & (operandSize === 4 ? -1 : 0xffff);
      const name = options.name?.(target >>> 0);
      return name === undefined ? hex(target) : `${hex(target)} <${name}>`;
    }
    default:
      return hex(immediate(), size);
  }
}

/** Instructions that store a selector or the machine status word: 16 bits when to memory, whatever the operand size. */
const SELECTORS = new Set(['SLDT', 'STR', 'SMSW']);

function sizeOf(notation: string, operandSize: 2 | 4): 1 | 2 | 4 {
  // sIb is extended to the operand size before it is used.
  if (notation.startsWith('s')) return operandSize;
  return notation.endsWith('b') ? 1 : notation.endsWith('w') ? 2 : notation.endsWith('d') ? 4 : operandSize;
}

/** Bytes of a memory operand whose size the notation tells; none for bounds, pointers and the like. */
function vectorSize(notation: string): keyof typeof SIZE_NAMES {
  return (vectorBytes(notation) ?? 0) as keyof typeof SIZE_NAMES;
}

function register(number: number, size: 1 | 2 | 4): string {
  return (size === 4 ? General32 : size === 2 ? General16 : General8)[number]!;
}

const SIZE_NAMES = {
  0: '',
  far: 'far ',
  1: 'byte ',
  2: 'word ',
  4: 'dword ',
  8: 'qword ',
  10: 'tbyte ',
  16: 'xmmword ',
} as const;

/** `dword [fs:ebx+ecx*4-0x10]`; the segment only where a prefix names it. */
function memoryText(memory: MemoryOperand, { addressSize, override }: Decoded, size: keyof typeof SIZE_NAMES): string {
  const { base, index, scale, displacement } = memory;
  const parts: string[] = [];
  if (base >= 0) parts.push(register(base, addressSize));
  if (index >= 0) parts.push(`${register(index, addressSize)}${addressSize === 4 ? `*${1 << scale}` : ''}`);
  let place = parts.join('+');
  if (parts.length === 0) place = hex(displacement, addressSize);
  else if (displacement !== 0) place += displacement < 0 ? `-${hex(-displacement)}` : `+${hex(displacement)}`;
  return `${SIZE_NAMES[size]}[${override >= 0 ? `${Segments[override]}:` : ''}${place}]`;
}

/** Unsigned at a size. */
function hex(value: number, size: 1 | 2 | 4 = 4): string {
  const masked = size === 4 ? value >>> 0 : value & (size === 2 ? 0xffff : 0xff);
  return `0x${masked.toString(16)}`;
}
