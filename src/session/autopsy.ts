/**
 * A second run up to a program's death, with everything watched that may explain it: the machine is deterministic, so nothing had to be kept in the first one. It
 * follows allocations and mappings, steps through the last instructions, and, for memory that got its bad value before those, looks for the moment by
 * further replays: a stretch of the run at whose beginning the value was another is cut into ever smaller ones.
 */
import type { Caller } from '../inspect/allocations/events.ts';
import type { Block, FreedBlock, HeapModel } from '../inspect/allocations/heap-model.ts';
import { callerText, problemText } from '../inspect/allocations/text.ts';
import { backtrace } from '../inspect/backtrace.ts';
import { disassemble } from '../inspect/disassemble.ts';
import type { FaultHistory, MemoryHistory, OriginStep } from '../inspect/fault-history.ts';
import type { FaultSnapshot } from '../inspect/fault-snapshot.ts';
import { type Mapping, mappingAt } from '../inspect/maps.ts';
import { referenceAt } from '../inspect/memory-access.ts';
import { peekLinear32 } from '../inspect/page-walk.ts';
import { type Step, stepAt } from '../inspect/step-record.ts';
import { systemCallName } from '../inspect/system-calls/names.ts';
import { byteCount, grouped } from '../inspect/text.ts';
import { lastWriter, type Origin, originsOf, type Target, targetText } from '../inspect/value-origin.ts';
import type { SerialSource } from '../machine/pc.ts';
import { AllocationWatch } from './allocation-watch.ts';
import type { ProcessListener, SystemCallEntry, UserReturn } from './process-watch.ts';
import type { ProgramSession } from './program-session.ts';
import { type Journal, Replay } from './replay.ts';

export interface AutopsyOptions {
  /** The same session again, fed by the source, its output going nowhere. */
  build(source: SerialSource): ProgramSession;
  readonly journal: Journal;
  /** The fault that was the end; undefined: the program was ended by a signal that it or another sent. */
  readonly snapshot: FaultSnapshot | undefined;
  /** Instructions executed in all. */
  readonly insns: number;
}

export interface Autopsy {
  readonly history: FaultHistory;
}

/** Runs longer than this are not done again. */
export const LONGEST_REPLAY = 300_000_000;
/** Instructions before the fault that are stepped through. */
const WINDOW = 20_000;
/** Stretches that a run is cut into, in the search for a moment. */
const CUTS = 32;
const PAGE_FAULT = 14;
const STACK_REGISTERS: ReadonlySet<number> = new Set([4, 5]);

/** Undefined when the replay does not come to the same end. */
export function autopsy(options: AutopsyOptions): Autopsy | undefined {
  const { snapshot } = options;
  const end = snapshot ? snapshot.insn - 1 : options.insns;
  const wanted = snapshot?.vector === PAGE_FAULT ? snapshot.cr2 : undefined;
  const problems: string[] = [];
  let session: ProgramSession | undefined;
  const replay = new Replay(source => {
    session = options.build(source);
    return session.pc;
  }, options.journal);
  const program = session!;
  const allocations: AllocationWatch = new AllocationWatch(program, {
    event: (event, model) => {
      const text = problemText(event, id => blockText(id, model, back => allocations.callerOf(back)));
      if (text !== undefined && problems.length < MOST_PROBLEMS)
        problems.push(`${text.trim()}; now by ${callerText(event.caller)}`);
    },
  });
  const watch = new LossWatch(program, wanted);
  program.watchProcesses(allocations, watch);
  const { cpu } = replay.pc;
  // Only an address that was wrong is followed back.
  const window = snapshot?.vector === PAGE_FAULT ? WINDOW : 0;
  replay.runTo(Math.max(0, end - window));
  if (cpu.insns < end - window) return undefined;
  const steps: Step[] = [];
  while (cpu.insns < end) {
    const step = stepAt(cpu);
    const before = cpu.insns;
    const { reason } = replay.run(1);
    if (cpu.insns > before) steps.push(step);
    if (reason !== 'limit' && reason !== 'requested') break;
  }
  if (cpu.insns !== end) return undefined;
  const model = allocations.trace.model((cpu.state.cr3 & 0xfffff000) >>> 0);
  const describe = (address: number): MemoryHistory | null => memoryHistory(address, model, watch, allocations);
  let value: number | null = null;
  let origin: OriginStep[] = [];
  let staleSource: MemoryHistory | null = null;
  const target = snapshot && badRegister(snapshot, stepAt(cpu), program.task()?.mappings ?? []);
  if (target && snapshot) {
    value = snapshot.registers[target.number]!;
    // The state before the faulting instruction closes the record.
    const found = originsOf(target, value, [...steps, stepAt(cpu)]);
    const searched = earlier(found, value, options, snapshot, end);
    const all = [...found, ...searched];
    origin = all.map(one => originStep(one, program));
    for (const { from } of found) {
      if (from?.kind !== 'memory' || staleSource) continue;
      const history = describe(from.address);
      if (history?.block?.freedBy) staleSource = history;
    }
  }
  const memory = wanted === undefined ? null : describe(wanted);
  // Calls that never returned, as those that malloc itself ended, are told now.
  allocations.close();
  return { history: { memory, value, origin, staleSource, problems } };
}

/**
 * The register that made the address wrong. Those of the stack are not asked; one that points to memory that is there is not to blame, unless all do: then it
 * is the index, of an access that has one.
 */
function badRegister(
  snapshot: FaultSnapshot,
  { decoded }: Step,
  mappings: readonly Mapping[],
): (Target & { kind: 'register' }) | undefined {
  if (!decoded || snapshot.vector !== PAGE_FAULT) return undefined;
  const registers = referenceAt(decoded, snapshot, snapshot.cr2)?.registers ?? [];
  const candidates = registers.filter(register => !STACK_REGISTERS.has(register));
  const number =
    candidates.find(register => !mappingAt(mappings, snapshot.registers[register]!)) ??
    (registers.length > 1 ? candidates.at(-1) : undefined);
  return number === undefined ? undefined : { kind: 'register', number };
}

/** Where the record does not reach: who changed the memory that the value was read from, by further replays. */
function earlier(
  found: readonly Origin[],
  value: number,
  options: AutopsyOptions,
  snapshot: FaultSnapshot,
  end: number,
): Origin[] {
  const last = found.at(-1);
  if (last?.from?.kind !== 'memory') return [];
  const { address } = last.from;
  let session: ProgramSession | undefined;
  const restart = (): Replay =>
    new Replay(source => {
      session = options.build(source);
      return session.pc;
    }, options.journal);
  const read = ({ pc }: Replay): number | undefined => peekLinear32(pc.cpu.physical, snapshot, address);
  let from = 0;
  let to = Math.max(0, end - WINDOW);
  let bad: number | undefined;
  while (to - from > WINDOW) {
    const replay = restart();
    const size = Math.ceil((to - from) / CUTS);
    const seen: { at: number; value: number | undefined }[] = [];
    for (let at = from; at <= to; at = at === to ? to + 1 : Math.min(to, at + size)) {
      if (!replay.runTo(at)) return [];
      seen.push({ at, value: read(replay) });
    }
    bad ??= seen.at(-1)!.value;
    const before = seen.findLastIndex(({ value }) => value !== bad);
    if (before < 0 || before === seen.length - 1) return [];
    from = seen[before]!.at;
    to = seen[before + 1]!.at;
  }
  const replay = restart();
  if (!replay.runTo(from)) return [];
  const steps: Step[] = [];
  const { cpu } = replay.pc;
  while (cpu.insns < to) {
    const step = stepAt(cpu);
    const { reason } = replay.run(1);
    if (reason !== 'limit' && reason !== 'requested') return [];
    if (cpu.insns >= step.insn) steps.push(step);
  }
  const writer = lastWriter(last.from, steps, steps.length);
  return writer
    ? [
        writer.origin,
        ...(writer.origin.from ? originsOf(writer.origin.from, value, steps.slice(0, writer.index + 1)) : []),
      ]
    : [];
}

function originStep({ target, step, byKernel }: Origin, { image }: ProgramSession): OriginStep {
  const { symbol, source } = image.place(step.eip);
  return {
    target: targetText(target),
    address: target.kind === 'memory' ? target.address : null,
    insnNumber: step.insn,
    place: { address: step.eip, symbol: symbol ?? null, file: source?.file ?? null, line: source?.line ?? null },
    insn: step.decoded ? disassemble(step.decoded, { address: step.eip }) : '',
    byKernel,
  };
}

function memoryHistory(
  address: number,
  model: HeapModel | undefined,
  watch: LossWatch,
  allocations: AllocationWatch,
): MemoryHistory | null {
  const owner = model?.ownerAt(address);
  const freed: FreedBlock | undefined = owner ? model!.freed.get(owner.id) : mappedFreed(model, address);
  const live: Block | undefined = owner?.inUse ? model!.blockAround(address) : undefined;
  const block = live ?? freed?.block;
  const lost = watch.lost;
  if (!block && !lost) return null;
  return {
    block: block
      ? {
          id: block.id,
          address: block.address,
          size: block.size,
          madeBy: allocations.callerOf(block.caller),
          madeAt: block.insn,
          freedBy: freed ? allocations.callerOf(freed.caller) : null,
          freedAt: freed?.insn ?? null,
        }
      : null,
    lost,
  };
}

function mappedFreed(model: HeapModel | undefined, address: number): FreedBlock | undefined {
  let found: FreedBlock | undefined;
  for (const freed of model?.freed.values() ?? []) {
    const { block } = freed;
    // Freed of the heap's end, a block has no grains any more.
    if (address >= block.address && address < block.address + block.size) found = freed;
  }
  return found;
}

const MOST_PROBLEMS = 8;

/** An allocation of before, for people: what it was, who made it and who freed it. */
export function blockText(id: number, model: HeapModel, callerOf: (back: number) => Caller): string {
  const freed = model.freed.get(id);
  const block = freed?.block ?? [...model.live.values()].find(live => live.id === id);
  if (!block) return `#${id}`;
  const made = `#${id}, ${byteCount(block.size)} from ${callerText(callerOf(block.caller))}`;
  if (!freed) return made;
  return `${made}, freed by ${callerText(callerOf(freed.caller))} at insn #${grouped(freed.insn)}`;
}

const MAP_FIXED = 0x10;
const LOSING: ReadonlySet<string> = new Set(['munmap', 'mremap', 'mprotect', 'brk', 'mmap2']);

/** System calls that took a page away, or its rights. */
class LossWatch implements ProcessListener {
  lost: MemoryHistory['lost'] = null;
  private readonly session: ProgramSession;
  private readonly wanted: number | undefined;
  private made: { call: string; start: number; end: number; by: Caller | null } | undefined;
  private brk = 0;
  /** The last one's name. */
  private call = '';

  constructor(session: ProgramSession, wanted: number | undefined) {
    this.session = session;
    this.wanted = wanted;
  }

  entered({ number, values, eip, esp }: SystemCallEntry): void {
    this.made = undefined;
    const call = systemCallName(number);
    this.call = call;
    const { wanted } = this;
    if (wanted === undefined || !LOSING.has(call)) return;
    const [start = 0, length = 0, , flags = 0] = values;
    // Placed over what is there, or else where nothing is.
    if (call === 'mmap2' && (flags & MAP_FIXED) === 0) return;
    const bounds = call === 'brk' ? { start, end: this.brk } : { start, end: start + length };
    if (wanted < (bounds.start & ~0xfff) >>> 0 || wanted >= bounds.end) return;
    const task = this.session.task();
    if (!task || !mappingAt(task.mappings, wanted)) return;
    const { cpu } = this.session.pc;
    const registers = Array.from({ length: 8 }, (_, i) => (i === 4 ? esp : cpu.register(i) >>> 0));
    this.made = { call, ...bounds, by: this.callerOf(call, eip, registers) };
  }

  left({ insn, eax }: UserReturn): void {
    const { made } = this;
    const failed = (eax | 0) < 0 && (eax | 0) >= -4095;
    if (made && !failed) this.lost = { ...made, insn };
    if (this.call === 'brk' && !failed) this.brk = eax >>> 0;
    this.made = undefined;
  }

  /** The first function of the program's own outside the C library's wrapper: the one with a source line, or the second frame. */
  private callerOf(call: string, eip: number, registers: readonly number[]): Caller | null {
    const { session } = this;
    const task = session.task();
    if (!task) return null;
    const { cpu } = session.pc;
    const { frames } = backtrace(eip, registers, {
      image: session.imageAt(task.entry),
      mappings: task.mappings,
      read32: linear => peekLinear32(cpu.physical, cpu.state, linear >>> 0),
    });
    // Not the C library's function of the same name.
    const outer = frames.filter(({ symbol = '' }, i) => i > 0 && !symbol.replace(/\+.*/, '').includes(call));
    const frame = outer.find(({ source }) => source !== undefined) ?? outer[0] ?? frames[0];
    if (!frame) return null;
    return {
      address: frame.address,
      symbol: frame.symbol ?? null,
      file: frame.source?.file ?? null,
      line: frame.source?.line ?? null,
    };
  }
}
