/**
 * Where the recorded chips and a 386 or later part by design, so that a recorded vector says nothing about us. Each exclusion has its reason, and
 * no reason is wider than the difference. Sources: SDM vol. 3, chapter 22 (architecture compatibility); Intel 8086 Family User's Manual.
 */
import type { Vector } from '../loaders/vector.ts';
import type { Chip } from './suite.ts';

const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0xf0, 0xf2, 0xf3, 0x64, 0x65, 0x66, 0x67]);

export const isPrefix = (byte: number): boolean => PREFIXES.has(byte);

const digit = (modrm: number): number => (modrm >> 3) & 7;

export function excludedOn80286(test: Vector): string | undefined {
  const code = test.bytes;
  // BYTS ends with the HLT.
  if (code.length > 11) return 'longer than 10 bytes: #UD on an 80286, legal up to 15 here';
  const at = code.findIndex(byte => !isPrefix(byte));
  if ((code[at] === 0x8c || code[at] === 0x8e) && (digit(code[at + 1]!) & 6) === 4)
    return 'FS and GS do not exist on an 80286: #UD there';
  for (const byte of code.subarray(0, at)) {
    if (byte >= 0x64 && byte <= 0x67) return 'prefix 64h-67h: #UD on an 80286, a prefix here';
    if (byte === 0xf0) return 'LOCK: allowed with any instruction on an 80286, #UD here unless lockable';
  }
  return undefined;
}

const isPrefix8086 = (byte: number): boolean => [0x26, 0x2e, 0x36, 0x3e, 0xf0, 0xf1, 0xf2, 0xf3].includes(byte);
const isString = (opcode: number): boolean => (opcode >= 0xa4 && opcode <= 0xa7) || (opcode >= 0xaa && opcode <= 0xaf);

export function excludedOn8086(test: Vector, status: string): string | undefined {
  const code = test.bytes;
  if (status !== 'normal') return `${status} encoding of the 8086`;
  const at = code.findIndex(byte => !isPrefix8086(byte));
  const opcode = code[at]!;
  const modrm = code[at + 1]!;
  const prefixes = code.subarray(0, at);
  if (prefixes.includes(0xf0) || prefixes.includes(0xf1))
    return 'LOCK: allowed with any instruction on an 8086, #UD here unless lockable';
  if ((prefixes.includes(0xf2) || prefixes.includes(0xf3)) && !isString(opcode))
    return 'REP before what is no string instruction';
  if (opcode === 0x54 || (opcode === 0xff && modrm === 0xf4))
    return 'PUSH SP: an 8086 pushes the value after the decrement';
  if (opcode === 0x0f) return 'POP CS exists on an 8086 alone';
  if (opcode === 0x8e && digit(modrm) === 1) return 'MOV CS exists on an 8086 alone';
  if ((opcode === 0x8c || opcode === 0x8e) && digit(modrm) > 3) return 'segment registers 4-7: aliases on an 8086';
  if ((opcode === 0xd2 || opcode === 0xd3) && (test.initial.registers.ecx! & 0xff) > 31)
    return 'shift count above 31: masked since the 80286';
  if ((opcode === 0x8f || opcode === 0xc6 || opcode === 0xc7) && digit(modrm) !== 0)
    return 'undocumented encoding of the 8086';
  const al = test.initial.registers.eax! & 0xff;
  if (opcode === 0x37 && al >= 0xfa)
    return 'AAA that carries out of AL: an 8086 adds 1 to AH, later ones also the carry';
  if (opcode === 0x3f && al < 6)
    return 'AAS that borrows out of AL: an 8086 takes 1 from AH, later ones also the borrow';
  if (opcode === 0x2f && al < 6) return 'DAS that borrows out of AL: an 8086 leaves CF, later ones set it';
  if ((opcode === 0x27 || opcode === 0x2f) && al >= 0x9a && al <= 0x9f)
    return 'DAA and DAS with AL 9Ah-9Fh: an 8086 decides by AF whether to adjust the high digit';
  if ((opcode === 0xc4 || opcode === 0xc5 || opcode === 0x8d) && modrm >= 0xc0)
    return 'register form of a memory-only instruction: #UD since the 80186';
  if (opcode === 0xff && (digit(modrm) === 3 || digit(modrm) === 5) && modrm >= 0xc0)
    return 'far transfer through a register: #UD since the 80186';
  return undefined;
}

/**
 * Physical address of the FLAGS image the instruction has pushed, or undefined. Its undefined bits are masked like the register's.
 * `ss` and `sp` are those after the instruction.
 */
export function frameOfFlags(test: Vector, chip: Chip, ss: number, sp: number): number | undefined {
  const mask = chip === '8086' ? 0xfffff : 0xffffff;
  const opcode = test.bytes.find(byte => !isPrefix(byte))!;
  const interrupt = opcode === 0xcc || opcode === 0xcd || (opcode === 0xce && sp !== test.initial.registers.esp);
  // EXCP records the bus address, rounded down to even: the frame tells the real one.
  if (test.exception || interrupt) return (ss * 16 + ((sp + 4) & 0xffff)) & mask;
  return opcode === 0x9c ? (ss * 16 + sp) & mask : undefined;
}
