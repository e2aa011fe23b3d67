/**
 * Follows a program's calls of its allocator. Fed with what is seen from outside: that a function of it begins, that the call has returned, which system calls
 * were made between. Only the outermost call counts where one calls another (calloc calls malloc in our libc).
 *
 * A call is known by its thread and stack pointer: it has returned when execution is at its return address with the stack as it was before the call. One that never
 * returns (exit, abort, longjmp) is given up when its thread is seen further up the stack.
 */
import type { AllocationEvent, Caller, Problem, Release, Source } from './events.ts';
import { type AllocatorName, requested } from './functions.ts';
import { type Block, HeapModel } from './heap-model.ts';

export interface AllocatorCall {
  readonly pid: number;
  readonly directory: number;
  readonly insn: number;
  readonly name: AllocatorName;
  readonly values: readonly number[];
  /** Return address, and ESP at the function's entry, where that lies. */
  readonly back: number;
  readonly esp: number;
}

interface Pending extends AllocatorCall {
  readonly sources: Source[];
  readonly releases: Release[];
  readonly problem: Problem | null;
}

const PAGE = 4096;
/** What an allocator may take of a mapping for itself. */
const OWN_WORDS = 64;
/** System calls of Linux/i386 that give or take memory. */
const Call = { brk: 45, mmap: 90, munmap: 91, mremap: 163, mmap2: 192 } as const;
const MOST_ERROR = 4095;
const isError = (result: number): boolean => result > 0xffffffff - MOST_ERROR;

export interface AllocationTraceOptions {
  caller(back: number): Caller;
  event(event: AllocationEvent, model: HeapModel): void;
}

export class AllocationTrace {
  private readonly options: AllocationTraceOptions;
  private readonly models = new Map<number, HeapModel>();
  /** The outermost call under way, by the number of the thread. */
  private readonly pending = new Map<number, Pending>();
  private readonly inside = new Map<number, { number: number; values: readonly number[]; call: Pending | undefined }>();
  private calls = 0;
  private allocations = 0;

  constructor(options: AllocationTraceOptions) {
    this.options = options;
  }

  model(directory: number): HeapModel | undefined {
    return this.models.get(directory);
  }

  // ---- processes

  begin(directory: number, startBrk: number, brk: number, parent: number | undefined): void {
    const original = parent === undefined ? undefined : this.models.get(parent);
    this.models.set(directory, original?.copy() ?? new HeapModel(startBrk, brk));
  }

  /** The process is gone; calls that it was in are told as they are. */
  end(directory: number): HeapModel | undefined {
    for (const [pid, call] of this.pending) {
      if (call.directory !== directory) continue;
      this.pending.delete(pid);
      this.tell(call, null, false);
    }
    const model = this.models.get(directory);
    this.models.delete(directory);
    return model;
  }

  // ---- calls of the allocator

  entered(call: AllocatorCall): void {
    const model = this.models.get(call.directory);
    if (!model) return;
    const before = this.pending.get(call.pid);
    const outer = before?.directory === call.directory ? before : undefined;
    // Deeper in the same call; or a jump from one function to another that does the rest.
    const isNested =
      outer !== undefined && (call.esp < outer.esp || (call.esp === outer.esp && call.name !== outer.name));
    if (isNested) return;
    // The same instruction again: it had faulted.
    const isRestarted = outer !== undefined && outer.esp === call.esp && outer.back === call.back;
    if (outer && !isRestarted) this.tell(outer, null, false);
    this.pending.set(call.pid, { ...call, sources: [], releases: [], problem: this.problemOf(call, model) });
  }

  /** Execution is at a return address, with ESP as it is after RET. `read`: a word of the process's memory. */
  returned(
    at: { pid: number; directory: number; back: number; esp: number; eax: number },
    read: (linear: number) => number | undefined,
  ): void {
    const call = this.pending.get(at.pid);
    if (!call || call.directory !== at.directory || call.back !== at.back || at.esp !== (call.esp + 4) >>> 0) return;
    this.pending.delete(at.pid);
    let result: number | null = at.eax >>> 0;
    if (call.name === 'free') result = null;
    else if (call.name === 'posix_memalign') result = at.eax === 0 ? (read(call.values[0]!) ?? 0) : 0;
    this.tell(call, result, true);
  }

  private problemOf({ name, values }: AllocatorCall, model: HeapModel): Problem | null {
    const [address = 0] = values;
    if ((name !== 'free' && name !== 'realloc' && name !== 'reallocarray') || address === 0) return null;
    if (model.live.has(address)) return null;
    const inside = model.blockAround(address);
    if (inside) return { kind: 'bad-free', id: inside.id, offset: address - inside.address };
    const owner = model.ownerAt(address);
    const freed = owner ? model.freed.get(owner.id) : lastMapped(model, address);
    if (freed?.block.address === address) return { kind: 'double-free', id: freed.block.id };
    return { kind: 'bad-free', id: freed?.block.id ?? null, offset: freed ? address - freed.block.address : 0 };
  }

  // ---- system calls

  systemCall(call: { pid: number; directory: number; number: number; values: readonly number[] }): void {
    if (!Object.values(Call).some(number => number === call.number)) return;
    const pending = this.pending.get(call.pid);
    this.inside.set(call.pid, { number: call.number, values: call.values, call: pending });
  }

  systemCallDone(at: { pid: number; directory: number; eax: number }): void {
    const made = this.inside.get(at.pid);
    const model = this.models.get(at.directory);
    if (!made || !model) return;
    this.inside.delete(at.pid);
    const result = at.eax >>> 0;
    const { call } = made;
    const [first = 0, second = 0, third = 0] = made.values;
    const pages = (length: number): number => Math.ceil(length / PAGE) * PAGE;
    switch (made.number) {
      case Call.brk: {
        const from = model.brk;
        if (result === from) return;
        model.setBrk(result);
        if (result > from) call?.sources.push({ kind: 'brk', from, to: result });
        else call?.releases.push({ kind: 'brk', from, to: result });
        return;
      }
      case Call.mmap:
      case Call.mmap2: {
        // A program's own mappings are none of the allocator's; the old call's arguments are in memory, and no allocator makes it.
        if (!call || isError(result) || made.number === Call.mmap) return;
        const length = pages(second);
        model.map(result, length);
        call.sources.push({ kind: 'mmap', start: result, length, own: false });
        return;
      }
      case Call.munmap:
        if (isError(result)) return;
        model.unmap(first, pages(second));
        call?.releases.push({ kind: 'munmap', start: first, length: pages(second) });
        return;
      case Call.mremap:
        if (isError(result) || !call) return;
        model.unmap(first, pages(second));
        model.map(result, pages(third));
        call.sources.push({ kind: 'mremap', from: first, start: result, length: pages(third) });
        return;
    }
  }

  // ---- what became of a call

  private tell(call: Pending, result: number | null, returned: boolean): void {
    const model = this.models.get(call.directory);
    if (!model) return;
    const { name, values, insn, back } = call;
    const moves = name === 'realloc' || name === 'reallocarray';
    const size = requested(name, values);
    const old = name === 'free' || moves ? model.live.get(values[0]!) : undefined;
    const made = result !== null && result !== 0 && size !== undefined;
    // A realloc that fails leaves the block; one to nothing may free it.
    const frees = returned && old !== undefined && (name === 'free' || made || size === 0);
    const source = made ? this.sourceOf(call, model, result, size, old) : null;
    if (frees) {
      model.remove(old, back, insn);
      // The block's memory went back before the call returned.
      for (const release of call.releases) model.giveBack(...bounds(release));
    }
    let id: number | null = null;
    if (made) {
      id = ++this.allocations;
      const isOwn =
        source?.kind === 'mmap'
          ? source.own
          : source?.kind === 'mremap' || (source?.kind === 'in-place' && old?.mapped);
      model.add({ id, address: result, size, caller: back, insn, mapped: isOwn ?? false });
    }
    const event: AllocationEvent = {
      number: ++this.calls,
      pid: call.pid,
      insn,
      call: name,
      values,
      caller: this.options.caller(back),
      result,
      returned,
      id,
      size: size ?? null,
      source,
      frees: frees ? old.id : null,
      freedSize: frees ? old.size : null,
      releases: call.releases,
      problem: call.problem,
      live: model.liveBytes,
      held: model.held,
      brk: model.brk,
    };
    this.options.event(event, model);
  }

  private sourceOf(
    { sources, name, values }: Pending,
    model: HeapModel,
    result: number,
    size: number,
    old: Block | undefined,
  ): Source {
    const remapped = sources.find(s => s.kind === 'mremap' && covers(s.start, s.length, result));
    if (remapped) return remapped;
    const mapped = sources.find(s => s.kind === 'mmap' && covers(s.start, s.length, result));
    if (mapped?.kind === 'mmap') {
      const alignment =
        name === 'posix_memalign' ? values[1]! : name === 'aligned_alloc' || name === 'memalign' ? values[0]! : 0;
      return { ...mapped, own: mapped.length - size < PAGE + OWN_WORDS + alignment };
    }
    if (old && result === old.address && sources.length === 0) return { kind: 'in-place' };
    const grown = sources.filter(s => s.kind === 'brk');
    const [first] = grown;
    const last = grown.at(-1);
    if (first && last && result + size > first.from) return { kind: 'brk', from: first.from, to: last.to };
    const reused = model.freedWithin(result, size);
    return reused === undefined ? { kind: 'unused' } : { kind: 'reuse', of: reused };
  }
}

/** The kernel has it back: [start, end). */
const bounds = (release: Release): [number, number] =>
  release.kind === 'brk' ? [release.to, release.from] : [release.start, release.start + release.length];
const covers = (start: number, length: number, address: number): boolean =>
  address >= start && address < start + length;

/** The block with a mapping of its own that last lay at an address. */
function lastMapped({ freed }: HeapModel, address: number): { block: Block } | undefined {
  let found: { block: Block } | undefined;
  for (const entry of freed.values())
    if (entry.block.mapped && covers(entry.block.address, entry.block.size, address)) found = entry;
  return found;
}
