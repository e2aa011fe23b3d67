/**
 * Signals as strace shows them, from the frame that the kernel has put on the program's stack for a handler, or from the fault that they come of.
 * Source: Linux, arch/x86/include/asm/sigframe.h (i386), include/uapi/asm-generic/siginfo.h; signal(7).
 *
 *   sigframe      return address, signal, sigcontext
 *   rt_sigframe   return address, signal, &siginfo, &ucontext, siginfo, ucontext (whose sigcontext is at byte 20)
 *   sigcontext    GS FS ES DS EDI ESI EBP ESP EBX EDX ECX EAX trapno err EIP ...
 */
import { PageFaultCode } from '../../mmu/paging.ts';
import type { FaultSnapshot } from '../fault-snapshot.ts';
import { type Mapping, mappingAt } from '../maps.ts';
import { signalName } from './flags.ts';
import type { CallMemory } from './structures.ts';
import { pointer } from './text.ts';

const Context = { eax: 44, eip: 56, inUcontext: 20 } as const;
const SIGINFO = 128;

export interface SignalFrame {
  readonly signal: number;
  /** Where the program was interrupted, and what EAX held there. */
  readonly eip: number;
  readonly eax: number;
  /** `{si_signo=...}`, when the handler asked for it. */
  readonly info: string | undefined;
}

/** The frame at ESP as a handler begins; undefined when nothing there looks like one. `wantsInfo`: it was set up with SA_SIGINFO. */
export function readSignalFrame(esp: number, wantsInfo: boolean, memory: CallMemory): SignalFrame | undefined {
  const word = (at: number): number | undefined => {
    const bytes = memory.bytes(at >>> 0, 4);
    return bytes.length < 4 ? undefined : new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  };
  const signal = word(esp + 4);
  if (signal === undefined || signalName(signal) === undefined) return undefined;
  const infoAt = wantsInfo ? word(esp + 8) : undefined;
  const contextAt = wantsInfo ? (word(esp + 12) ?? 0) + Context.inUcontext : esp + 8;
  const [eip, eax] = [word(contextAt + Context.eip), word(contextAt + Context.eax)];
  if (eip === undefined || eax === undefined) return undefined;
  const bytes = infoAt === undefined ? undefined : memory.bytes(infoAt, SIGINFO);
  const info =
    bytes && bytes.length === SIGINFO ? infoText(new DataView(bytes.buffer, bytes.byteOffset, SIGINFO)) : undefined;
  return { signal, eip, eax, info };
}

const GeneralCodes: Readonly<Record<number, string>> = {
  0: 'SI_USER',
  128: 'SI_KERNEL',
  [-1]: 'SI_QUEUE',
  [-2]: 'SI_TIMER',
  [-6]: 'SI_TKILL',
};
const Codes: Readonly<Record<string, readonly string[]>> = {
  SIGSEGV: ['', 'SEGV_MAPERR', 'SEGV_ACCERR'],
  SIGBUS: ['', 'BUS_ADRALN', 'BUS_ADRERR', 'BUS_OBJERR'],
  SIGFPE: [
    '',
    'FPE_INTDIV',
    'FPE_INTOVF',
    'FPE_FLTDIV',
    'FPE_FLTOVF',
    'FPE_FLTUND',
    'FPE_FLTRES',
    'FPE_FLTINV',
    'FPE_FLTSUB',
  ],
  SIGILL: ['', 'ILL_ILLOPC', 'ILL_ILLOPN', 'ILL_ILLADR', 'ILL_ILLTRP', 'ILL_PRVOPC'],
  SIGTRAP: ['', 'TRAP_BRKPT', 'TRAP_TRACE', 'TRAP_BRANCH', 'TRAP_HWBKPT'],
  SIGCHLD: ['', 'CLD_EXITED', 'CLD_KILLED', 'CLD_DUMPED', 'CLD_TRAPPED', 'CLD_STOPPED', 'CLD_CONTINUED'],
};
const CLD_EXITED = 1;

function infoText(view: DataView): string {
  const word = (at: number): number => view.getInt32(at, true);
  const [number, code] = [word(0), word(8)];
  const name = signalName(number) ?? String(number);
  const own = Codes[name];
  const codeName = (code > 0 ? own?.[code] : undefined) ?? GeneralCodes[code] ?? String(code);
  const parts = [`si_signo=${name}`, `si_code=${codeName}`];
  if (name === 'SIGCHLD' && code > 0) {
    const status = code === CLD_EXITED ? String(word(20)) : (signalName(word(20)) ?? String(word(20)));
    parts.push(`si_pid=${word(12)}`, `si_uid=${word(16)}`, `si_status=${status}`);
  } else if (code > 0 && code < 128 && own) parts.push(`si_addr=${pointer(word(12))}`);
  else if (code <= 0) parts.push(`si_pid=${word(12)}`, `si_uid=${word(16)}`);
  return `{${parts.join(', ')}}`;
}

const Vector = { DE: 0, DB: 1, BP: 3, UD: 6, PF: 14, MF: 16, AC: 17, XM: 19 } as const;

/** siginfo of the signal that a fault becomes. */
export function faultInfoText(signal: number, fault: FaultSnapshot, mappings: readonly Mapping[]): string {
  const name = signalName(signal) ?? String(signal);
  const [code, address] = faultCode(name, fault, mappings);
  return `{si_signo=${name}, si_code=${code}, si_addr=${pointer(address)}}`;
}

function faultCode(name: string, fault: FaultSnapshot, mappings: readonly Mapping[]): [string, number] {
  const { vector, errorCode = 0, cr2, eip } = fault;
  switch (vector) {
    case Vector.PF:
      if (name === 'SIGBUS') return ['BUS_ADRERR', cr2];
      return [
        (errorCode & PageFaultCode.present) !== 0 || mappingAt(mappings, cr2) ? 'SEGV_ACCERR' : 'SEGV_MAPERR',
        cr2,
      ];
    case Vector.DE:
      return ['FPE_INTDIV', eip];
    case Vector.UD:
      return ['ILL_ILLOPN', eip];
    case Vector.AC:
      return ['BUS_ADRALN', 0];
    case Vector.DB:
      return ['TRAP_TRACE', eip];
    default:
      return ['SI_KERNEL', 0];
  }
}

/** `+++ exited with 0 +++`, `+++ killed by SIGSEGV +++`. */
export function endText(status: number): string {
  const signal = status & 0x7f;
  if (signal === 0) return `+++ exited with ${(status >>> 8) & 0xff} +++`;
  return `+++ killed by ${signalName(signal) ?? `signal ${signal}`} +++`;
}
