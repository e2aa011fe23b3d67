/**
 * The services behind x87 instructions: whether the FPU is there, pending exceptions, pointers to the last instruction, and then the instruction.
 * Source: SDM vol. 1, 8.1.8 and 8.7; vol. 3, 2.5 and table 9-3.
 *
 * An unmasked exception is noted by the instruction that finds it and reported by the next one that waits: #MF with CR0.NE set; else FERR#, which the board
 * turns into an interrupt (IRQ 13), and the instruction is held up until that comes, or until the board says to go on (IGNNE#).
 */

import type { Cpu } from './cpu.ts';
import { Exception } from './descriptors.ts';
import {
  environmentBytes,
  readEnvironment,
  readRegisters,
  stateBytes,
  writeEnvironment,
  writeRegisters,
} from './fpu-environment.ts';
import { MemoryHandlers } from './fpu-memory.ts';
import { operandForRead, operandForWrite, storeOperand } from './fpu-operand.ts';
import { RegisterHandlers } from './fpu-register.ts';
import { Outcome } from './outcome.ts';
import { Field } from './record.ts';
import { fieldAddress, segmentAddress } from './state.ts';

const CR0 = { MP: 2, EM: 4, TS: 8, NE: 32 } as const;
// Words of state that every instruction touches, by index: reading them by name costs more than the arithmetic.
const CS = segmentAddress('cs') >> 2;
const CR0_WORD = fieldAddress('cr0') >> 2;
const PC_BASE = fieldAddress('pcBase') >> 2;
const OPCODE = fieldAddress('fpuOpcode') >> 2;
const INSTRUCTION = fieldAddress('fpuInstruction') >> 2;
const INSTRUCTION_SELECTOR = fieldAddress('fpuInstructionSelector') >> 2;
const DATA = fieldAddress('fpuData') >> 2;
const DATA_SELECTOR = fieldAddress('fpuDataSelector') >> 2;

/** What a service answers: see Service in services.ts. */
type Answer = boolean | number;

/** #NM when the FPU is emulated or belongs to another task. */
export function fpuPresent(cpu: Cpu): boolean {
  return (cpu.words[CR0_WORD]! & (CR0.EM | CR0.TS)) === 0 || cpu.raise(Exception.NM);
}

/**
 * Before an instruction that waits: true when it may go on. A pending exception is #MF, or, without CR0.NE, an interrupt: EIP stays then, and the answer is
 * an Outcome that comes back here after events were looked at.
 */
export function checkPending(cpu: Cpu, record: number): Answer {
  if (!cpu.fpu.pending) return true;
  if ((cpu.state.cr0 & CR0.NE) !== 0) return cpu.raise(Exception.MF);
  if (cpu.ignoreNumericErrors) return true;
  cpu.bus.coprocessorError?.(true);
  cpu.state.eip = (cpu.state.pcBase + cpu.view.getUint16(record + Field.offset, true)) | 0;
  return Outcome.event;
}

/** After an instruction: FERR# follows ES where CR0.NE is clear. */
function signal(cpu: Cpu, record: number, before: boolean): Answer {
  const { pending } = cpu.fpu;
  if (pending === before || (cpu.words[CR0_WORD]! & CR0.NE) !== 0) return true;
  if (!pending) cpu.ignoreNumericErrors = false;
  cpu.bus.coprocessorError?.(pending);
  cpu.state.eip = (cpu.state.pcBase + cpu.view.getUint16(record + Field.next, true)) | 0;
  return Outcome.event;
}

/** FNENI, FNDISI, FNCLEX, FNINIT, FNSETPM (DBE0-DBE4) and FNSTSW AX (DFE0): no waiting, no pointers. */
function isRegisterControl(code: number): boolean {
  return (code >= 0x3e0 && code <= 0x3e4) || code === 0x7e0;
}

export function fpuRegister(cpu: Cpu, code: number, _b: number, _c: number, record: number): Answer {
  if (!fpuPresent(cpu)) return false;
  const before = cpu.fpu.pending;
  if (!isRegisterControl(code)) {
    const go = checkPending(cpu, record);
    if (go !== true) return go;
    notePointers(cpu, code, record);
  }
  RegisterHandlers[((code >> 8) << 6) | (code & 63)]!(cpu.fpu, code & 7, cpu);
  return signal(cpu, record, before);
}

export function fpuMemory(cpu: Cpu, codeAndSize: number, offset: number, segment: number, record: number): Answer {
  const code = codeAndSize & 0x7ff;
  const { fpu } = cpu;
  if (!fpuPresent(cpu)) return false;
  const before = fpu.pending;
  const handler = MemoryHandlers[((code >> 8) << 3) | ((code >> 3) & 7)];
  if (!handler) return environmentInstruction(cpu, codeAndSize, offset, segment, record);
  if (handler.waits) {
    const go = checkPending(cpu, record);
    if (go !== true) return go;
  }
  const { bytes, writes } = handler;
  const alignment = Math.min(bytes, 8);
  const at = writes
    ? operandForWrite(cpu, segment, offset, bytes, alignment)
    : operandForRead(cpu, segment, offset, bytes, alignment);
  if (at < 0) return false;
  if (!handler.control) {
    notePointers(cpu, code, record);
    cpu.words[DATA] = offset;
    cpu.words[DATA_SELECTOR] = cpu.words[segment >> 2]! & 0xffff;
  }
  if (handler.run(fpu, cpu.view, at) && writes) storeOperand(cpu, at, segment, offset, bytes);
  return signal(cpu, record, before);
}

/** D9/4 FLDENV, D9/6 FNSTENV, DD/4 FRSTOR, DD/6 FNSAVE. */
function environmentInstruction(
  cpu: Cpu,
  codeAndSize: number,
  offset: number,
  segment: number,
  record: number,
): Answer {
  const { fpu } = cpu;
  const size = codeAndSize >> 16 === 2 ? 2 : 4;
  const all = (codeAndSize & 0x700) === 0x500;
  const saves = (codeAndSize & 0x10) !== 0;
  const bytes = all ? stateBytes(size) : environmentBytes(size);
  const before = fpu.pending;
  if (!saves) {
    const go = checkPending(cpu, record);
    if (go !== true) return go;
    const at = operandForRead(cpu, segment, offset, bytes, size);
    if (at < 0) return false;
    readEnvironment(cpu, fpu, at, size);
    if (all) readRegisters(cpu, fpu, at + environmentBytes(size), 10);
    return signal(cpu, record, before);
  }
  const at = operandForWrite(cpu, segment, offset, bytes, size);
  if (at < 0) return false;
  writeEnvironment(cpu, at, size);
  if (all) writeRegisters(cpu, fpu, at + environmentBytes(size), 10);
  storeOperand(cpu, at, segment, offset, bytes);
  if (all) fpu.initialize();
  else fpu.setControl(fpu.control | 0x3f);
  return signal(cpu, record, before);
}

export function fpuWait(cpu: Cpu, _a: number, _b: number, _c: number, record: number): Answer {
  const both = CR0.MP | CR0.TS;
  if ((cpu.state.cr0 & both) === both) return cpu.raise(Exception.NM);
  return checkPending(cpu, record);
}

function notePointers(cpu: Cpu, code: number, record: number): void {
  const { words } = cpu;
  words[OPCODE] = code;
  words[INSTRUCTION] = words[PC_BASE]! + cpu.view.getUint16(record + Field.offset, true);
  words[INSTRUCTION_SELECTOR] = words[CS]! & 0xffff;
}
