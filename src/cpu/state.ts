/**
 * Where everything lies in the one WebAssembly memory, and the processor's state in it. This table is the only list of registers:
 * accessors, snapshots, debuggers and both engines read it.
 *
 *   00000000  processor state (below); 00000400 x87 registers R0-R7, which MM0-MM7 share, and the words of the FPU's environment;
 *            00000500 XMM0-XMM7 and MXCSR
 *   00001000  records for single-stepping
 *   00002000  notes of transfers that may repeat: see transfer-cache.ts
 *   00020000  a word for each compiled region; 00040000 two more for each: what has come of it
 *   00100000  code bitmap: 8 bytes a physical page, a bit for each 64-byte line that holds decoded code
 *   00600000  jump cache: 16384 entries of 16 bytes (linear address, code key or key, record, TLB word); 00640000 cache of compiled entries,
 *            the same (linear address, code key, region, how often nothing was found there); 00680000 what compiled code looks up as it runs: links, inline caches, target maps
 *   00800000  four TLBs of 2^20 words: supervisor read, supervisor write, user read, user write
 *   01800000  records of decoded instructions, 16 MiB
 *   02800000  scratch page (accesses that cannot go straight to memory pass through it), then guest physical memory
 *
 * A TLB word is 0 when there is no translation, else (physical page + 1000h - linear page) | flags: the low 12 bits are 001h when the access may
 * go ahead at once and have further bits set when it must ask first. Linear address + word is then the place in memory, less MEMORY_BIAS.
 */
import { General32, placeOf, type RegisterName, type SegmentName, Segments } from '../isa/registers.ts';

export const STEP_RECORDS = 0x1000;
/** A record of Pseudo.resume: running it goes on at EIP. */
export const RESUME_RECORD = 0x1f00;
export const JUMP_CACHE = 0x600000;
export const JUMP_CACHE_ENTRIES = 16384;
/** How often a direct jump is taken before it asks for its target to be compiled; 0 for never. */
export const HOT_JUMP = 8;
/** Instructions that REP has executed by whole pieces of pages, modulo 2^32: whoever compiles has no part in them. */
export const BULKED = 12;
/** A word for each compiled region: not zero while its code is unchanged. */
export const REGION_VALID = 0x20000;
export const REGION_VALID_COUNT = 0x8000;
/** For each of them: entries from the interpreter, and instructions executed in these, since the host has looked. */
export const REGION_RUNS = 0x40000;
/** What has come of an entry from the interpreter: see src/jit/dispatcher.ts. */
export const REGION_ENTRY = 0x1f40;
/** Compiled regions by linear address and code key, filled as they are reached: see src/jit/dispatcher.ts. */
export const REGION_CACHE = 0x640000;
export const REGION_CACHE_ENTRIES = 16384;
/** Words handed out to compiled modules: see src/jit/word-pool.ts. */
export const JIT_WORDS = 0x680000;
export const JIT_WORDS_END = 0x800000;
export const CODE_BITMAP = 0x100000;
export const TLB = 0x800000;
export const TLB_SIZE = 0x400000;
export const RECORDS = 0x1800000;
export const RECORDS_END = 0x2800000;
export const SCRATCH = 0x2800000;
export const RAM = 0x2801000;
/** Constant in every fast access: host address = (linear + TLB word) + MEMORY_BIAS. */
export const MEMORY_BIAS = SCRATCH - 1;

/** Byte address in the memory of a place: what (linear + TLB word) is. */
export const hostAddress = (place: number): number => ((place + MEMORY_BIAS) | 0) >>> 0;

/** What (linear + TLB word) is for the scratch page. */
export const SCRATCH_PLACE = 1;

/** Low bits of a TLB word. A word that is not zero has one of them set: it may be gone by at once, or there is something to ask first. */
export const Tlb = {
  /** Nothing to ask; no other bit is set then. */
  plain: 1,
  /** The page holds decoded code: a write must ask whether it hits it. */
  code: 2,
  /** A data breakpoint lies on the page. */
  watched: 4,
  /** Alignment is checked: on all pages of user mode, or on none. */
  aligned: 8,
} as const;

interface FieldSpec<Name extends string> {
  readonly name: Name;
  readonly meaning: string;
}

const SEGMENT_CACHE = 0x80;
const SEGMENT_STRIDE = 0x20;

/** Parts of a segment register's cache, by offset within it. */
export const SegmentCache = {
  selector: 0,
  /** Access rights: descriptor bits 40-47 in bits 0-7, G/D/L/AVL in bits 12-15 (bit 14 is D/B, bit 15 G); above, whether it is flat (segments.ts). */
  access: 4,
  base: 8,
  /** Limit in bytes, granularity applied. */
  limit: 12,
  /** Lowest and highest offset that may be read; lowest > highest when none may. */
  readLow: 16,
  readHigh: 20,
  writeLow: 24,
  writeHigh: 28,
} as const;

function word<Name extends string>(name: Name, meaning: string): FieldSpec<Name> {
  return { name, meaning };
}

const specs = [
  ...General32.map(name => word(name, `general register ${name.toUpperCase()}`)),
  word('none', 'always zero: stands for an absent base or index register'),
  word('zero', 'lazy flags: ZF = (zero == 0)'),
  word('sign', 'lazy flags: SF = bit 31, PF = parity of bits 0-7'),
  word('carry', 'lazy flags: CF = bit 31, OF = bit 31 xor bit 30, AF = bit 3'),
  word('eflags', 'EFLAGS without the six arithmetic flags'),
  word('eip', 'EIP; exact whenever no block runs'),
  word('pcBase', 'EIP of byte 0 of the code page that is executing'),
  word('budget', 'instructions that may still run before the run loop must be asked'),
  word('key', 'what decoded code depends on, and the generation of address translation'),
  word('codeKey', 'the part of key that is not the generation: decode mode and user'),
  word('linkSite', 'inline cache of the indirect jump that compiled code has just left by, or 0'),
  word('codeDropped', 'compiled code has been dropped since it was last entered: whoever is in it must leave'),
  word('csBase', 'linear base of CS'),
  word('fetchLimit', 'highest EIP at which a block may begin without limit checks'),
  word('stackMask', 'FFFFFFFFh or FFFFh by SS.B'),
  word('cpl', 'current privilege level'),
  word('tlbRead', 'address of the TLB in use for reads'),
  word('tlbWrite', 'address of the TLB in use for writes'),
  word('exitRecord', 'record whose link is to be set, at an exit for linking'),
  word('cr0', 'CR0'),
  word('cr2', 'CR2: linear address of the last page fault'),
  word('cr3', 'CR3: page directory base'),
  word('cr4', 'CR4'),
  word('dr0', 'DR0: linear address of breakpoint 0'),
  word('dr1', 'DR1'),
  word('dr2', 'DR2'),
  word('dr3', 'DR3'),
  word('dr6', 'DR6: which debug condition arose'),
  word('dr7', 'DR7: which are enabled'),
  word('gdtBase', 'GDTR base'),
  word('gdtLimit', 'GDTR limit'),
  word('idtBase', 'IDTR base'),
  word('idtLimit', 'IDTR limit'),
  word('ldtSelector', 'LDTR selector'),
  word('ldtBase', 'LDTR base'),
  word('ldtLimit', 'LDTR limit'),
  word('taskSelector', 'TR selector'),
  word('taskBase', 'TR base'),
  word('taskLimit', 'TR limit'),
  word('taskAccess', 'TR descriptor type (1, 3: 16-bit; 9, 11: 32-bit)'),
  // Pentium and later
  word('efer', 'EFER: bit 11 is NXE'),
  word('pdpte0', 'page-directory-pointer-table entry 0, bits 0-31'),
  word('pdpte1', 'PDPTE 1'),
  word('pdpte2', 'PDPTE 2'),
  word('pdpte3', 'PDPTE 3'),
  word('pdpteHigh', 'bits 32-35 of PDPTE n in bits 4n to 4n+3'),
  word('sysenterCs', 'SYSENTER_CS'),
  word('sysenterEsp', 'SYSENTER_ESP'),
  word('sysenterEip', 'SYSENTER_EIP'),
  word('timestampLow', 'what the guest has moved the time-stamp counter by'),
  word('timestampHigh', 'high word of that'),
  word('interruptLine', 'INTR, as the interrupt controller drives it: 1 or 0'),
  word('nmiBlocked', 'no NMI is delivered before IRET: 1 or 0'),
  word('protection', 'what transfers that repeat depend on: see transfer-cache.ts'),
] as const;

/**
 * x87 state, from FPU_STATE: physical registers R0-R7 of 16 bytes (significand, which is MMn too; sign and exponent; nothing), then the environment.
 * ST(i) is R((TOP + i) mod 8).
 */
export const FPU_STATE = 0x400;
/** Where a memory operand of up to 512 bytes is put that does not lie in plain RAM: no state. */
export const FPU_OPERAND = 0x800;
const FPU_REGISTER_STRIDE = 16;
const fpuSpecs = [
  ...([0, 1, 2, 3, 4, 5, 6, 7] as const).flatMap(n => [
    word(`fpu${n}Low`, `x87 register R${n}: significand bits 0-31`),
    word(`fpu${n}High`, `x87 register R${n}: significand bits 32-63`),
    word(`fpu${n}Top`, `x87 register R${n}: sign (bit 15) and exponent`),
    word(`fpu${n}Unused`, 'always zero'),
  ]),
  word('fpuControl', 'x87 control word'),
  // TOP and C1 stand apart: every instruction needs the one at its beginning, and most write the other at their end.
  word('fpuStatus', 'x87 status word without TOP (bits 11-13) and C1 (bit 9); B (bit 15) as ES (bit 7)'),
  word('fpuTop', 'x87 TOP: number of the register that is ST(0)'),
  word('fpuC1', 'x87 condition code C1: 0 or 1'),
  word('fpuFull0', 'x87 tags of R0-R3: byte n is 1 when Rn is not empty, else 0'),
  word('fpuFull4', 'x87 tags of R4-R7'),
  word('fpuOpcode', 'x87 opcode of the last instruction: 11 bits'),
  word('fpuInstruction', 'x87 instruction pointer: offset'),
  word('fpuInstructionSelector', 'x87 instruction pointer: CS'),
  word('fpuData', 'x87 data pointer: offset'),
  word('fpuDataSelector', 'x87 data pointer: segment'),
] as const;

/** SIMD state, from VECTOR_STATE: XMM0-XMM7 of 16 bytes, then MXCSR; behind them, no state, the operands of the instruction at work. */
export const VECTOR_STATE = 0x500;
const VECTOR_SIZE = 16;
const vectorSpecs = [
  ...([0, 1, 2, 3, 4, 5, 6, 7] as const).flatMap(n =>
    ([0, 1, 2, 3] as const).map(i => word(`xmm${n}_${i}`, `XMM${n} bits ${i * 32}-${i * 32 + 31}`)),
  ),
  word('mxcsr', 'MXCSR: flags in bits 0-5, DAZ, masks in bits 7-12, RC in bits 13-14, FTZ'),
] as const;
/** Where a SIMD memory operand is put, and where results grow that may yet be dropped: 16 bytes each. */
export const VECTOR_SOURCE = 0x5a0;
export const VECTOR_RESULT = 0x5b0;
/** Behind all that is state. */
export const STATE_END = VECTOR_SOURCE;

export type FieldName =
  | (typeof specs)[number]['name']
  | (typeof fpuSpecs)[number]['name']
  | (typeof vectorSpecs)[number]['name'];
const allSpecs: readonly FieldSpec<FieldName>[] = [...specs, ...fpuSpecs, ...vectorSpecs];

/** Offset of each doubleword of processor state. The segment caches lie between, from SEGMENT_CACHE. */
const offsets = new Map([...layout(specs, 0x10), ...layout(fpuSpecs, FPU_STATE), ...layout(vectorSpecs, VECTOR_STATE)]);

function layout(fields: readonly FieldSpec<FieldName>[], from: number): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  let offset = from;
  for (const { name } of fields) {
    if (offset === SEGMENT_CACHE) offset += SEGMENT_STRIDE * Segments.length;
    map.set(name, offset);
    offset += 4;
  }
  return map;
}

export function fieldAddress(name: FieldName): number {
  return offsets.get(name)!;
}

/** What each word of state is for: registers as debuggers and snapshots list them. */
export const FieldMeanings: readonly FieldSpec<FieldName>[] = allSpecs;

/** The processor's state by name: signed 32-bit words that read and write the WebAssembly memory. */
export type State = Record<FieldName, number>;

/**
 * Accessors are the prototype's, so that they are the same functions for every processor: host engines inline what has one target, and a process may
 * make several machines.
 */
class StateView {
  readonly words: Int32Array;

  constructor(words: Int32Array) {
    this.words = words;
  }
}

for (const { name } of allSpecs) {
  const at = fieldAddress(name) >> 2;
  Object.defineProperty(StateView.prototype, name, {
    get(this: StateView) {
      return this.words[at];
    },
    set(this: StateView, value: number) {
      this.words[at] = value;
    },
  });
}

export const viewState = (words: Int32Array): State => new StateView(words) as unknown as State;

/** Address of the cache of a segment register. */
export function segmentAddress(segment: SegmentName | number): number {
  const index = typeof segment === 'number' ? segment : Segments.indexOf(segment);
  return SEGMENT_CACHE + index * SEGMENT_STRIDE;
}

/** Index of the cache of segment register `number` among the words of the memory, and of its parts. */
export const segmentWord = (number: number): number => (SEGMENT_CACHE + number * SEGMENT_STRIDE) >> 2;
export const SegmentWord = {
  selector: SegmentCache.selector >> 2,
  access: SegmentCache.access >> 2,
  base: SegmentCache.base >> 2,
  limit: SegmentCache.limit >> 2,
  readLow: SegmentCache.readLow >> 2,
  readHigh: SegmentCache.readHigh >> 2,
  writeLow: SegmentCache.writeLow >> 2,
  writeHigh: SegmentCache.writeHigh >> 2,
} as const;

/** Which segment register has its cache at this address. */
export function segmentAt(address: number): number {
  return (address - SEGMENT_CACHE) / SEGMENT_STRIDE;
}

/** Address of physical x87 register `number`: its significand, which is MMX register MM`number` too. */
export function fpuRegisterAddress(number: number): number {
  return FPU_STATE + number * FPU_REGISTER_STRIDE;
}

/** Address of MMX register `number`. */
export const mmxAddress = fpuRegisterAddress;

/** Address of XMM register `number`. */
export function xmmAddress(number: number): number {
  return VECTOR_STATE + number * VECTOR_SIZE;
}

export function registerAddress(name: RegisterName): number {
  return fieldAddress('eax') + placeOf(name).byte;
}

const EAX = fieldAddress('eax');

/** Address of general register `number` at `size`, by encoding. */
export function encodedRegisterAddress(number: number, size: 1 | 2 | 4): number {
  return EAX + (size === 1 ? (number & 3) * 4 + (number >> 2) : number * 4);
}
