/**
 * The `simd` service: carries out MMX, SSE, SSE2, SSE3 and SSSE3 instructions. Source: SDM vol. 2, 2.4 (exceptions by type of instruction); vol. 3,
 * 12 (MMX) and 13 (SSE).
 *
 * In order: is the unit there (#UD, #NM, #MF); is memory (alignment #GP, limits, pages); the operation, into a place apart if it may raise
 * SIMD exceptions; these (#XM); then the registers. Nothing is written before the last of what can fault.
 *
 * *Not modelled*: 16-byte accesses are not atomic beside devices, as on hardware.
 */
import { Flag } from '../isa/flags.ts';
import type { Cpu } from './cpu.ts';
import { Exception } from './descriptors.ts';
import { checkPending } from './fpu.ts';
import { Outcome } from './outcome.ts';
import { Field, RECORD_SIZE } from './record.ts';
import { type VectorInstruction, vectorInstruction } from './simd-operations.ts';
import { MASK_SHIFT } from './simd-unit.ts';
import { fieldAddress, segmentAt, VECTOR_RESULT, VECTOR_SOURCE } from './state.ts';

/** Words of state looked at in every instruction. */
const CR0 = fieldAddress('cr0') >> 2;
const CPL = fieldAddress('cpl') >> 2;
const CR4 = fieldAddress('cr4') >> 2;
const MXCSR = fieldAddress('mxcsr') >> 2;
const ZERO = fieldAddress('zero') >> 2;
const SIGN = fieldAddress('sign') >> 2;
const CARRY = fieldAddress('carry') >> 2;
const FPU_TOP = fieldAddress('fpuTop') >> 2;
const FPU_FULL = fieldAddress('fpuFull0') >> 2;

/** Tags of four registers. */
const ALL_FULL = 0x01010101;

const CR0_EM = 1 << 2;
const CR0_TS = 1 << 3;
const CR4_OSFXSR = 1 << 9;
const CR4_OSXMMEXCPT = 1 << 10;
/** Sign and exponent of an x87 register that an MMX instruction has written. */
const MMX_TOP = 0xffff;
/** Instructions that the interpreter does in the time of one here. */
const EFFORT = 100;

/** Performs the SIMD instruction at `record`; `offset` is its memory operand's in its segment when `memory` is not 0. */
export function simd(cpu: Cpu, offset: number, memory: number, _unused: number, record: number): boolean | number {
  const done = perform(cpu, offset, memory, record);
  cpu.effort += EFFORT;
  return done !== true || cpu.effort < cpu.effortLimit ? done : endSlice(cpu, record);
}

/** The instruction is complete, and the engine hears of where it was. */
function endSlice(cpu: Cpu, record: number): number {
  const { view, state } = cpu;
  const first = record - view.getUint8(record + Field.index) * RECORD_SIZE;
  cpu.effortAt = (state.pcBase + view.getUint16(first + Field.offset, true)) | 0;
  state.eip = (state.pcBase + view.getUint16(record + Field.next, true)) | 0;
  return Outcome.event;
}

function perform(cpu: Cpu, offset: number, memory: number, record: number): boolean | number {
  const { view, vectors: u } = cpu;
  const instruction = vectorInstruction(view.getInt32(record + Field.imm2, true));
  const mmx = instruction.mmx === 'always' || (instruction.mmx === 'unless-memory' && memory === 0);
  if (!available(cpu, instruction.sse)) return false;
  if (mmx) {
    const go = checkPending(cpu, record);
    if (go !== true) return go;
  }
  if (instruction.special) {
    if (mmx) enterMmx(cpu);
    return performSpecial(cpu, instruction, offset, record);
  }
  const rm = view.getUint16(record + Field.rm, true);
  const reg = view.getUint16(record + Field.reg, true);
  u.immediate = view.getInt32(record + Field.imm, true);
  u.bytes = instruction.bytes;
  u.fromMemory = memory !== 0;
  if (memory !== 0 && instruction.toRm) {
    const from = reg + instruction.storeFrom;
    if (!storeBytes(cpu, record, offset, from, instruction.memoryBytes, instruction.aligned)) return false;
    if (mmx) enterMmx(cpu);
    return true;
  }
  const to = instruction.toRm ? rm : reg;
  let from = instruction.toRm ? reg : rm;
  if (memory !== 0) {
    if (!loadBytes(cpu, record, offset, instruction.memoryBytes, instruction.aligned)) return false;
    from = VECTOR_SOURCE;
  }
  // An unmasked SIMD exception finds the x87 registers turned into MMX registers already.
  if (mmx) enterMmx(cpu);
  if (instruction.resultBytes < 0) instruction.run(u, to, from);
  else if (!runChecked(cpu, instruction, to, from)) return false;
  if (instruction.writesMmx) u.u32[(to + 8) >> 2] = MMX_TOP;
  return true;
}

/** The unit may be used: CR0.EM, CR4.OSFXSR, CR0.TS. */
function available(cpu: Cpu, sse: boolean): boolean {
  const { words } = cpu;
  const cr0 = words[CR0]!;
  if ((cr0 & CR0_EM) !== 0 || (sse && (words[CR4]! & CR4_OSFXSR) === 0)) return cpu.raise(Exception.UD);
  if ((cr0 & CR0_TS) !== 0) return cpu.raise(Exception.NM);
  return true;
}

/** TOP becomes 0 and every register valid. */
function enterMmx(cpu: Cpu): void {
  const { words } = cpu;
  words[FPU_TOP] = 0;
  words[FPU_FULL] = ALL_FULL;
  words[FPU_FULL + 1] = ALL_FULL;
}

/** Runs what may raise SIMD exceptions, and takes its result unless one is unmasked. */
function runChecked(cpu: Cpu, instruction: VectorInstruction, to: number, from: number): boolean {
  const { words, vectors: u } = cpu;
  u.control = words[MXCSR]!;
  u.before = 0;
  u.after = 0;
  instruction.run(u, to, from);
  if ((u.before | u.after) !== 0) {
    const unmasked = ~(u.control >> MASK_SHIFT);
    // What the operands tell stops the operation before there is a result to tell more.
    const raised = (u.before & unmasked) !== 0 ? u.before : u.before | u.after;
    words[MXCSR] = u.control | raised;
    if ((raised & unmasked) !== 0) return cpu.raise((words[CR4]! & CR4_OSXMMEXCPT) !== 0 ? Exception.XM : Exception.UD);
  }
  u.copy(to, VECTOR_RESULT, instruction.resultBytes);
  if (instruction.setsFlags) setComparison(words, u.comparison);
  return true;
}

/** ZF, PF and CF as told, OF, SF and AF clear, in the words of the lazy flags (isa/flags.ts). */
function setComparison(words: Int32Array, flags: number): void {
  words[ZERO] = (flags & Flag.ZF) !== 0 ? 0 : 1;
  words[SIGN] = (flags & Flag.PF) !== 0 ? 0 : 1;
  words[CARRY] = (flags & Flag.CF) !== 0 ? 0xc0000000 : 0;
}

function performSpecial(cpu: Cpu, instruction: VectorInstruction, offset: number, record: number): boolean {
  const { state, vectors: u } = cpu;
  switch (instruction.special) {
    case 'emms':
      state.fpuTop = 0;
      cpu.fpu.tags = 0;
      return true;
    case 'ldmxcsr': {
      if (!loadBytes(cpu, record, offset, 4, false)) return false;
      return loadMxcsr(cpu, u.i32[VECTOR_SOURCE >> 2]!);
    }
    case 'stmxcsr':
      u.i32[VECTOR_RESULT >> 2] = state.mxcsr;
      return storeBytes(cpu, record, offset, VECTOR_RESULT, 4, false);
    default:
      return storeMasked(cpu, instruction.bytes, record);
  }
}

/** #GP(0) for bits that do not exist. */
export function loadMxcsr(cpu: Cpu, value: number): boolean {
  if ((value & ~cpu.model.mxcsr) !== 0) return cpu.raise(Exception.GP, 0);
  cpu.state.mxcsr = value;
  return true;
}

/**
 * MASKMOVQ, MASKMOVDQU: the bytes whose mask has bit 7 set go to DS:rDI (or another segment by prefix). The whole operand must be writable, whatever
 * the mask: the manual leaves that open, processors do so.
 */
function storeMasked(cpu: Cpu, bytes: number, record: number): boolean {
  const { view, vectors: u, state } = cpu;
  const from = view.getUint16(record + Field.reg, true);
  const mask = view.getUint16(record + Field.rm, true);
  const wide = (view.getUint16(record + Field.addressHigh, true) << 16) | 0xffff;
  const linear = linearOperand(cpu, record, state.edi & wide, bytes, false, true);
  const user = state.cpl === 3;
  if (linear === undefined || !cpu.linear.checkAlignment(linear, 8)) return false;
  if (!cpu.linear.probe(linear, bytes, true, user)) return false;
  for (let i = 0; i < bytes; i++) {
    if ((u.u8[mask + i]! & 0x80) !== 0) cpu.linear.write(linear + i, u.u8[from + i]!, 1, user);
  }
  return true;
}

/** Linear address of a memory operand, alignment checked; undefined after raising. */
function linearOperand(cpu: Cpu, record: number, offset: number, bytes: number, aligned: boolean, write: boolean) {
  const segment = segmentAt(cpu.view.getUint16(record + Field.segment, true));
  const linear = cpu.segmented.linearOf(segment, offset, bytes, write);
  if (linear !== undefined && aligned && (linear & 15) !== 0) {
    cpu.raise(Exception.GP, 0);
    return undefined;
  }
  return linear;
}

/** Reads `bytes` bytes at segment:offset of `record` into VECTOR_SOURCE, the rest of which is left. */
function loadBytes(cpu: Cpu, record: number, offset: number, bytes: number, aligned: boolean): boolean {
  const linear = linearOperand(cpu, record, offset, bytes, aligned, false);
  if (linear === undefined) return false;
  const user = cpu.words[CPL] === 3;
  const { view, vectors: u } = cpu;
  const place = bytes >= 4 ? cpu.linear.plain(linear, bytes, false, user) : -1;
  if (place >= 0) {
    for (let i = 0; i < bytes; i += 4) u.i32[(VECTOR_SOURCE + i) >> 2] = view.getInt32(place + i, true);
    return true;
  }
  const step = bytes < 4 ? (bytes as 1 | 2) : 4;
  if (!aligned && !cpu.linear.checkAlignment(linear, bytes)) return false;
  if (!cpu.linear.probe(linear, bytes, false, user)) return false;
  for (let i = 0; i < bytes; i += step) {
    const value = cpu.linear.read(linear + i, step, user);
    if (value < 0) return false;
    view.setUint32(VECTOR_SOURCE + i, value, true);
  }
  return true;
}

/** Writes `bytes` bytes (4, 8 or 16) from `from` to segment:offset of `record`. */
function storeBytes(cpu: Cpu, record: number, offset: number, from: number, bytes: number, aligned: boolean): boolean {
  const linear = linearOperand(cpu, record, offset, bytes, aligned, true);
  if (linear === undefined) return false;
  const user = cpu.words[CPL] === 3;
  const { view, vectors: u } = cpu;
  const place = cpu.linear.plain(linear, bytes, true, user);
  if (place >= 0) {
    for (let i = 0; i < bytes; i += 4) view.setInt32(place + i, u.i32[(from + i) >> 2]!, true);
    return true;
  }
  if (!aligned && !cpu.linear.checkAlignment(linear, bytes)) return false;
  if (!cpu.linear.probe(linear, bytes, true, user)) return false;
  for (let i = 0; i < bytes; i += 4) cpu.linear.write(linear + i, u.u32[(from + i) >> 2]!, 4, user);
  return true;
}
