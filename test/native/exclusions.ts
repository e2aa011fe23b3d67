/** Rows of the opcode map that a user process on another processor cannot judge, each with the reason. */
import type { Row } from '../../src/isa/opcode-map.ts';
import { isEscape } from '../../src/isa/x87-map.ts';

const reasons: readonly (readonly [mnemonics: string, reason: string])[] = [
  ['WAIT FXSAVE FXRSTOR', 'x87 state, which test/fpu compares'],
  ['CPUID RDTSC RDPMC', 'answers what the processor is and when, by design'],
  [
    'CLFLUSH LFENCE MFENCE SFENCE',
    'with other prefixes and ModRM they are later instructions; test/simd compares them',
  ],
  ['SYSENTER SYSEXIT', 'AMD processors have none in compatibility mode, others enter the kernel'],
  ['SGDT SIDT SLDT STR SMSW', 'the kernel forbids them to user mode by CR4.UMIP, or emulates them'],
];

const byMnemonic = new Map(reasons.flatMap(([names, reason]) => names.split(' ').map(name => [name, reason] as const)));

/** Why the row is not tested, or undefined. */
export function exclusion(row: Row): string | undefined {
  if (isEscape(row)) return 'x87 state is compared by test/fpu';
  if (row.simd || row.prefix !== 0) return 'MMX and SSE state is compared by test/simd';
  return byMnemonic.get(row.mnemonic);
}

/**
 * Repeat prefixes are reserved but for string instructions. F3 makes another instruction of some rows on later processors (BSF is TZCNT, BSR LZCNT,
 * NOP Ev has meanings of its own), and the host takes F3 LOOPNZ for LOOPZ.
 */
export function repeatChangesMeaning(row: Row): boolean {
  return row.opcode > 0xff || /^LOOPN?Z$/.test(row.mnemonic);
}

/** LOCK is #UD by the manual and with us; AMD's processors ignore it before VERR and VERW and read MOV CR0 with it as CR8. */
export function lockIsExtension(row: Row): boolean {
  return /^(VERR|VERW)$/.test(row.mnemonic) || row.operands.includes('Cd');
}

/**
 * Whether the instruction may lie across the end of the code page. UD1 is #UD, but whether its ModRM, and with it a page boundary, comes into that depends on
 * the processor (SDM vol. 2, UD).
 */
export function mayLieAcrossPages(row: Row): boolean {
  return row.mnemonic !== 'UD1';
}

/**
 * Opcodes whose register form is #UD with us and something else on later processors: beyond SMSW and LMSW, 0F 01 has VMCALL, MONITOR, SWAPGS and others;
 * LES, LDS and BOUND begin VEX and EVEX.
 */
export function hasNoRegisterForm(row: Row): boolean {
  return /^(LES|LDS|BOUND)$/.test(row.mnemonic) || (row.opcode === 0x101 && !row.operands.some(o => o[0] === 'E'));
}

/** INT 80h and others with a gate of their own would call the host's kernel. */
export function isKernelCall(row: Row, vector: number): boolean {
  return row.mnemonic === 'INT' && (vector === 0x80 || vector === 3 || vector === 4);
}
