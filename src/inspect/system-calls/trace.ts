/**
 * A trace of system calls in strace's form, from what is seen of processes: they enter the kernel by INT 80h, and come back. Knows nothing of how a
 * kernel keeps its processes, but that each has a number; a line is made when a call has returned, or when another process comes between.
 *
 *   write(1, "hello\n", 6) = 6
 *   [pid 2] read(0,  <unfinished ...>            once there are several processes
 *   --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x2ad} ---
 *   +++ exited with 0 +++
 *
 * *Not modelled*: calls by SYSENTER; what a call filled in when it was interrupted half-way.
 */
import type { FaultSnapshot } from '../fault-snapshot.ts';
import type { Mapping } from '../maps.ts';
import { argumentTexts, fallbackText } from './arguments.ts';
import { errorName, errorText, MOST_ERROR } from './errors.ts';
import { signalName } from './flags.ts';
import { systemCallName } from './names.ts';
import { endText, faultInfoText, readSignalFrame } from './signals.ts';
import { type ResultKind, type Signature, signatureOf } from './signatures.ts';
import type { CallMemory } from './structures.ts';
import { octal, pointer } from './text.ts';

export type TraceEvent =
  | {
      readonly kind: 'call';
      readonly pid: number;
      /** Instructions since reset when it began, and when it returned. */
      readonly insn: number;
      readonly endInsn: number | null;
      readonly number: number;
      readonly name: string;
      readonly values: readonly number[];
      readonly arguments: readonly string[];
      /** Signed; null when it never returned. */
      readonly result: number | null;
      readonly error: string | null;
    }
  | {
      readonly kind: 'signal';
      readonly pid: number;
      readonly insn: number;
      readonly signal: string;
      readonly text: string;
    }
  | {
      readonly kind: 'end';
      readonly pid: number;
      readonly insn: number;
      readonly status: number;
      readonly text: string;
    };

export interface TraceOutput {
  /** A line without its end. */
  line(text: string): void;
  event?(event: TraceEvent): void;
}

interface Pending {
  readonly pid: number;
  readonly insn: number;
  readonly number: number;
  readonly name: string;
  readonly signature: Signature;
  readonly values: readonly number[];
  /** The instruction after INT 80h. */
  readonly eip: number;
  readonly texts: ReturnType<typeof argumentTexts>;
  /** Its beginning has been shown, as another process came between. */
  unfinished: boolean;
}

interface Handler {
  readonly signal: number;
  readonly address: number;
  readonly wantsInfo: boolean;
}

const SA_SIGINFO = 4;
const SIGKILL = 9;
/** INT n is two bytes long: where a call is made again. */
const INT_LENGTH = 2;
const SENDS_SIGNAL: Readonly<Record<string, number>> = { kill: 1, tkill: 1, tgkill: 2 };
/** Column of `=`, as strace has it. */
const RESULT_COLUMN = 39;

export class SystemCallTrace {
  private readonly output: TraceOutput;
  private readonly pending = new Map<number, Pending>();
  private readonly handlers = new Map<number, Map<number, Handler>>();
  private readonly seen = new Set<number>();
  private readonly ended = new Set<number>();
  /** There has been more than one process. */
  private several = false;
  /** The last that made another process. */
  private parent = 0;

  constructor(output: TraceOutput) {
    this.output = output;
  }

  /** A process has entered the kernel by INT 80h. */
  enter(
    call: { pid: number; insn: number; number: number; values: readonly number[]; eip: number },
    memory: CallMemory,
  ): void {
    const { pid, number } = call;
    this.meet(pid);
    const name = systemCallName(number);
    const signature = signatureOf(name);
    this.interrupt(pid);
    const values = call.values.map(value => value >>> 0);
    const texts = argumentTexts(signature.arguments, { values, memory, result: undefined });
    if (/fork|clone/.test(name)) this.parent = pid;
    this.noteHandler(pid, name, values, memory);
    const pending = { ...call, values, name, signature, texts, unfinished: false };
    this.pending.set(pid, pending);
    // These never return: nothing more will be seen of it.
    if (name === 'exit_group' || name === 'exit') this.end({ pid, insn: call.insn, status: (values[0]! & 0xff) << 8 });
  }

  /** A process goes on in user mode, with these registers. */
  leave(at: { pid: number; insn: number; eip: number; esp: number; eax: number }, memory: CallMemory): void {
    const { pid, insn, eip, esp, eax } = at;
    this.meet(pid);
    const call = this.pending.get(pid);
    const handler = eip === call?.eip ? undefined : this.handlerAt(pid, eip);
    const frame = handler && readSignalFrame(esp, handler.wantsInfo, memory);
    if (call) {
      this.meetEnd(call, insn, eax, memory);
      const restarts = frame !== undefined && frame.eip === call.eip - INT_LENGTH;
      this.finish(call, insn, restarts ? 'restart' : frame ? frame.eax : eax, memory);
    }
    if (frame) this.signal(pid, insn, frame.signal, frame.info);
  }

  /** A process has ended, with a status as wait(2) gives it; `fault`: what it died of, if it was one. */
  end(
    at: { pid: number; insn: number; status: number },
    fault?: { snapshot: FaultSnapshot; mappings: readonly Mapping[] },
  ): void {
    const { pid, insn, status } = at;
    if (this.ended.has(pid)) return;
    this.ended.add(pid);
    const call = this.pending.get(pid);
    const signal = status & 0x7f;
    const sent = call && SENDS_SIGNAL[call.name];
    const sentItself = signal !== 0 && call !== undefined && sent !== undefined && call.values[sent] === signal;
    if (call) this.finish(call, insn, sentItself ? 0 : undefined, NO_MEMORY);
    // Nothing is delivered of SIGKILL. Who sent another is known when the process did itself.
    if (signal !== 0 && signal !== SIGKILL) {
      const code = call?.name === 'kill' ? 'SI_USER' : 'SI_TKILL';
      const own = sentItself ? `{si_signo=${signalName(signal)}, si_code=${code}, si_pid=${pid}, si_uid=0}` : undefined;
      this.signal(pid, insn, signal, fault ? faultInfoText(signal, fault.snapshot, fault.mappings) : own);
    }
    const text = endText(status);
    this.say(pid, text);
    this.output.event?.({ kind: 'end', pid, insn, status, text });
    this.handlers.delete(pid);
  }

  /** The run is over: what is still pending has no result. */
  close(insn: number): void {
    for (const call of [...this.pending.values()]) this.finish(call, insn, undefined, NO_MEMORY);
  }

  // ---- processes and their handlers

  /** A process that another has waited for: of one that a signal ended nothing else is seen. */
  private meetEnd({ name, values }: Pending, insn: number, result: number, memory: CallMemory): void {
    if ((name !== 'wait4' && name !== 'waitpid') || result <= 0 || !values[1] || !this.seen.has(result)) return;
    const bytes = memory.bytes(values[1], 4);
    if (bytes.length < 4) return;
    const status = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    const stopped = (status & 0xff) === 0x7f || status === 0xffff;
    if (!stopped) this.end({ pid: result, insn, status });
  }

  private meet(pid: number): void {
    // A number may come again.
    if (this.ended.delete(pid)) this.seen.delete(pid);
    if (this.seen.has(pid)) return;
    this.seen.add(pid);
    const inherited = this.handlers.get(this.parent);
    this.handlers.set(pid, new Map(inherited));
    if (this.seen.size > 1 || this.several) {
      this.several = true;
      this.interrupt(pid);
      this.output.line(`real86: Process ${pid} attached`);
    }
  }

  private noteHandler(pid: number, name: string, values: readonly number[], memory: CallMemory): void {
    const [signal = 0, action = 0] = values;
    const note = (address: number, flags: number): void => {
      this.handlers.get(pid)?.set(signal, { signal, address, wantsInfo: (flags & SA_SIGINFO) !== 0 });
    };
    if (name === 'execve') this.handlers.set(pid, new Map());
    if (name === 'signal') note(action, 0);
    if ((name !== 'rt_sigaction' && name !== 'sigaction') || action === 0) return;
    const bytes = memory.bytes(action, 12);
    if (bytes.length < 12) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
    note(view.getUint32(0, true), view.getUint32(name === 'sigaction' ? 8 : 4, true));
  }

  private handlerAt(pid: number, eip: number): Handler | undefined {
    for (const handler of this.handlers.get(pid)?.values() ?? []) if (handler.address === eip) return handler;
    return undefined;
  }

  // ---- lines

  private say(pid: number, text: string): void {
    this.output.line(this.several ? `[pid ${String(pid).padStart(5)}] ${text}` : text);
  }

  private signal(pid: number, insn: number, number: number, info: string | undefined): void {
    const signal = signalName(number) ?? String(number);
    const text = `--- ${signal} ${info ?? `{si_signo=${signal}}`} ---`;
    this.say(pid, text);
    this.output.event?.({ kind: 'signal', pid, insn, signal, text });
  }

  /** Another process comes between: what is pending of the others is shown as far as it is known. */
  private interrupt(pid: number): void {
    for (const call of this.pending.values()) {
      if (call.pid === pid || call.unfinished) continue;
      call.unfinished = true;
      const known: string[] = [];
      for (const text of call.texts) {
        if (text === undefined) break;
        if (text !== null) known.push(text);
      }
      const all = known.length === call.texts.filter(text => text !== null).length;
      this.say(call.pid, `${call.name}(${known.join(', ')}${all || known.length === 0 ? '' : ', '} <unfinished ...>`);
    }
  }

  /** `result`: EAX; undefined when the call never returned. */
  private finish(call: Pending, endInsn: number, result: number | undefined | 'restart', memory: CallMemory): void {
    const { pid, name, number, insn, values, signature } = call;
    this.pending.delete(pid);
    const value = typeof result === 'number' ? result | 0 : undefined;
    // After a successful execve the memory is another program's.
    const late = name === 'execve' && value === 0 ? NO_MEMORY : memory;
    const texts = argumentTexts(signature.arguments, { values, memory: late, result: value ?? -1 }, call.texts);
    const shown = texts.flatMap((text, i) =>
      text === null ? [] : [text ?? fallbackText(signature.arguments, i, values[i]!)],
    );
    const head = call.unfinished ? `<... ${name} resumed>` : `${name}(${shown.join(', ')}`;
    const tail =
      result === 'restart'
        ? '? ERESTARTSYS (To be restarted if SA_RESTART is set)'
        : resultText(value, signature.result);
    // What was shown before it was resumed ends where something was not known yet.
    const known = call.texts.indexOf(undefined);
    const rest =
      call.unfinished && known >= 0
        ? texts
            .slice(known)
            .flatMap((text, i) =>
              text === null ? [] : [text ?? fallbackText(signature.arguments, known + i, values[known + i]!)],
            )
        : [];
    this.say(pid, `${`${head}${rest.join(', ')})`.padEnd(RESULT_COLUMN)} = ${tail}`);
    this.output.event?.({
      kind: 'call',
      pid,
      insn,
      endInsn: value === undefined ? null : endInsn,
      number,
      name,
      values: values.slice(0, signature.arguments.length),
      arguments: shown,
      result: value ?? null,
      error: value !== undefined && isError(value) ? errorName(-value) : null,
    });
  }
}

const isError = (result: number): boolean => result < 0 && result >= -MOST_ERROR;
const NO_MEMORY: CallMemory = { bytes: () => new Uint8Array() };

function resultText(result: number | undefined, kind: ResultKind): string {
  if (result === undefined) return '?';
  if (isError(result)) {
    const text = errorText(-result);
    return `-1 ${errorName(-result)}${text === undefined ? '' : ` (${text})`}`;
  }
  switch (kind) {
    case 'ptr':
      return pointer(result) === 'NULL' ? '0' : pointer(result);
    case 'hex':
      return pointer(result) === 'NULL' ? '0' : pointer(result);
    case 'octal':
      return octal(result);
    case 'signal':
      return `${result}${signalName(result) ? ` (${signalName(result)})` : ''}`;
    default:
      return String(result);
  }
}
