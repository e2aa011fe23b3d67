/**
 * The processor: state, memory access beyond the fast path, decoding into blocks, and the run loop around the interpreter.
 *
 * Time is `insns`: the instructions executed since reset. An instruction that faults counts as one, each iteration of a REP counts as one, and so does
 * each interrupt delivered; so no guest can keep the host busy without the count moving. run() stops at an exact count.
 */
import { ARITHMETIC, Flag, packFlags, unpackFlags } from '../isa/flags.ts';
import { numbers } from '../isa/numbers.ts';
import { newWalk, noExecuteActive, type Walk, walk } from '../mmu/paging.ts';
import { PhysicalMemory } from '../mmu/physical.ts';
import { Tlb as TlbTables } from '../mmu/tlb.ts';
import { Breakpoints, Dr6 } from './breakpoints.ts';
import { bulkString } from './bulk.ts';
import type { CpuBus, Fault } from './bus.ts';
import { CodeCache } from './code-cache.ts';
import { KEY_SHIFT, Mode, PROTECTED, SOME, USER } from './decode-mode.ts';
import { type Decoded, decode } from './decoder.ts';
import type { Engine, EngineReport, MakeEngine } from './engine.ts';
import { Pseudo } from './forms.ts';
import { FpuStack } from './fpu-stack.ts';
import { AccessKind } from './interpreter.ts';
import { deliverFault, deliverInterrupt, deliverNmi } from './interrupts.ts';
import { ModelRegisters } from './model-registers.ts';
import { DEFAULT_MODEL, type Model, type ModelName, Models } from './models.ts';
import { Outcome } from './outcome.ts';
import { Field, MAX_BLOCK, MAX_BLOCK_BYTES, RECORD_SIZE, writeRecord } from './record.ts';
import { Access, areFlat, getCache, realSegment, type SegmentValue, setCache } from './segments.ts';
import { performService } from './services.ts';
import { MXCSR_RESET, VectorUnit } from './simd-unit.ts';
import { StackFrame } from './stack-frame.ts';
import {
  FieldMeanings,
  fieldAddress,
  hostAddress,
  RAM,
  RECORDS,
  registerAddress,
  SCRATCH,
  SCRATCH_PLACE,
  SegmentWord,
  STEP_RECORDS,
  type State,
  segmentAt,
  segmentWord,
  TLB,
  TLB_SIZE,
  Tlb,
  viewState,
} from './state.ts';

export const Segment = { es: 0, cs: 1, ss: 2, ds: 3, fs: 4, gs: 5 } as const;

export type StopReason = 'limit' | 'halt' | 'triple-fault' | 'requested';

export interface CpuOptions {
  /** Bytes of guest physical memory that exist from address 0: RAM and what shadows it; a multiple of 64 KiB. */
  readonly memoryBytes: number;
  readonly bus: CpuBus;
  /** The interpreter: see engine.ts. */
  readonly engine: MakeEngine;
  /** Which processor: see models.ts. */
  readonly model?: ModelName;
}

export { Mode, USER } from './decode-mode.ts';

export const WASM_PAGE = 65536;

export class Cpu {
  readonly memory: WebAssembly.Memory;
  readonly physical: PhysicalMemory;
  readonly state: State;
  readonly bus: CpuBus;
  readonly words: Int32Array;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly code: CodeCache;
  /** MMX and XMM registers as SIMD operations see them. */
  readonly vectors: VectorUnit;
  /** The x87 registers and their arithmetic. */
  readonly fpu: FpuStack;
  readonly model: Model;
  readonly modelRegisters = new ModelRegisters();
  readonly breakpoints = new Breakpoints();
  /** The stack in use and one of another level, for transfers of control. */
  readonly stack = new StackFrame(this);
  readonly otherStack = new StackFrame(this);
  /** SS as innerStack() found it. */
  innerSelector = 0;

  /** Instructions executed since reset, up to the last time run() was outside a block; see now(). */
  insns = 0;
  /** See EngineHost. */
  effort = 0;
  effortLimit = Number.POSITIVE_INFINITY;
  effortAt = 0;
  halted = false;
  /** IGNNE#: with CR0.NE clear, x87 instructions go on in spite of a pending exception. */
  ignoreNumericErrors = false;
  /** Interrupts are held off for one instruction: after STI, MOV SS, POP SS. */
  shadow = false;
  /** The same for NMI and debug exceptions, after MOV SS and POP SS alone. Source: SDM vol. 3, 6.8.3. */
  stackShadow = false;
  /**
   * The instruction under way takes no single-step trap: an event was delivered, which cleared TF. An instruction that clears TF by itself (POPF, IRET)
   * is still followed by the trap. Source: SDM vol. 3, 17.3.1.4.
   */
  trapHeld = false;
  /** An NMI has been signalled and not yet been delivered. */
  nmiPending = false;
  /** A task switch has been committed by the instruction under way: what faults from now on is the new task's. */
  taskSwitched = false;
  /** A fault to be delivered as soon as the instruction under way is complete: the new task's, after a task switch. */
  deferred: Fault | undefined;
  /** Set by a service or the slow path that returned a fault. */
  fault: Fault = { vector: 6, errorCode: undefined };
  /** The exceptions that led to shutdown, oldest first, after a triple fault. */
  shutdown: Fault[] = [];
  stopRequested = false;

  private readonly engine: Engine;
  private readonly tlb: TlbTables;
  private readonly walked: Walk;
  private generation = 1;
  private slice = 0;
  /** Translations of user mode are marked for alignment checks. */
  private alignedUser = false;
  /** One instruction is being executed by itself: data breakpoints are noted; otherwise an access to one has the instruction begun anew. */
  private stepping = false;
  private restarting = false;
  private nmiLevel = false;
  /** No-execute is in force: see translateFetch(). */
  private noExecute = false;
  /** Decoded and compiled code is to be forgotten before any more of it runs. */
  private clearPending = false;
  /** The write that went to the scratch page: host places of its one or two parts. */
  private readonly pending = { linear: 0, size: 0, first: 0, second: 0, split: 0 };

  constructor(options: CpuOptions) {
    const pages = Math.ceil((RAM + options.memoryBytes) / WASM_PAGE);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.words = new Int32Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.state = viewState(this.words);
    this.vectors = new VectorUnit(this.memory.buffer);
    this.physical = new PhysicalMemory(this.memory.buffer, RAM, options.memoryBytes);
    this.tlb = new TlbTables(this.words, TLB >> 2, () => {
      // Compiled code may hold on to a translation.
      this.state.codeDropped = 1;
    });
    this.code = new CodeCache(this.memory.buffer);
    this.fpu = new FpuStack(this.words);
    this.bus = options.bus;
    this.model = Models[options.model ?? DEFAULT_MODEL];
    this.walked = newWalk(this.model.features.has('pse36'));
    this.engine = options.engine(this.memory, {
      slow: (linear, size, access) => this.slow(linear, size, access),
      commit: () => this.commit(),
      segmentFault: cache => this.raise(segmentAt(cache) === Segment.ss ? 12 : 13, 0),
      raise: (vector, errorCode) => this.raise(vector, vector === 13 ? errorCode : undefined),
      bulk: (record, what) => bulkString(this, record, what),
      service: (number, record, a, b, c) => performService(this, number, record, a, b, c),
    });
    this.engine.attach?.(this);
    this.reset();
  }

  /** What the engine tells of the run, if it took notes: see engine.ts. */
  engineReport(): EngineReport | undefined {
    return this.engine.report?.();
  }

  // ---- reset, mode

  /** Source: SDM vol. 3, table 9-1. */
  reset(): void {
    const { state } = this;
    const { interruptLine } = state;
    for (const { name } of FieldMeanings) state[name] = 0;
    state.interruptLine = interruptLine;
    state.eip = 0xfff0;
    state.edx = this.model.signature;
    state.cr0 = 0x60000010;
    state.dr6 = 0xffff0ff0 | 0;
    state.dr7 = 0x400;
    state.idtLimit = 0x3ff;
    state.gdtLimit = 0xffff;
    state.ldtLimit = 0xffff;
    state.taskLimit = 0xffff;
    state.taskAccess = 0x8b;
    state.zero = 1;
    // The FPU powers up with all registers +0.0 and valid; FNINIT makes it usable.
    state.fpuControl = 0x40;
    this.fpu.tags = 0xff;
    state.mxcsr = MXCSR_RESET;
    const data = Access.present | Access.segment | Access.writable | Access.accessed;
    for (let segment = 0; segment < 6; segment++) setCache(this.words, segment, realSegment(0, 0xffff, data));
    setCache(this.words, Segment.cs, { selector: 0xf000, base: 0xffff0000 | 0, limit: 0xffff, access: data });
    this.halted = false;
    this.shadow = false;
    this.stackShadow = false;
    this.trapHeld = false;
    this.ignoreNumericErrors = false;
    this.nmiPending = false;
    this.taskSwitched = false;
    this.deferred = undefined;
    this.modelRegisters.reset();
    this.breakpoints.reset();
    this.fault = { vector: 6, errorCode: undefined };
    this.shutdown = [];
    this.code.clear();
    this.flushTlb();
    this.updateMode();
  }

  get protectedMode(): boolean {
    return (this.state.cr0 & 1) !== 0;
  }

  get virtual8086(): boolean {
    return (this.state.eflags & Flag.VM) !== 0;
  }

  /** Segment caches as base, limit and rights of real mode apply: PE clear, or virtual-8086. */
  get realAddressing(): boolean {
    return !this.protectedMode || this.virtual8086;
  }

  /** Recomputes what code depends on, after any change of segments, CPL or CR0; a change of address translation does so by itself. */
  updateMode(): void {
    const { state, words } = this;
    const access = words[CS_CACHE + SegmentWord.access]!;
    const stackAccess = words[SS_CACHE + SegmentWord.access]!;
    const limit = words[CS_CACHE + SegmentWord.limit]!;
    const big = (access & Access.big) !== 0;
    const flat = (access & stackAccess & Access.big) !== 0 && areFlat(words);
    state.stackMask = (stackAccess & Access.big) !== 0 ? -1 : 0xffff;
    state.csBase = words[CS_CACHE + SegmentWord.base]!;
    state.fetchLimit = limit === -1 ? -1 : Math.max(0, (limit >>> 0) - MAX_BLOCK_BYTES) | 0;
    const user = state.cpl === 3;
    const aligned = (state.cr0 & CR0_AM) !== 0 && (state.eflags & Flag.AC) !== 0;
    if (user && aligned !== this.alignedUser) {
      this.alignedUser = aligned;
      this.tlb.flush();
      this.advanceGeneration();
    }
    state.tlbRead = TLB + (user ? 2 : 0) * TLB_SIZE;
    state.tlbWrite = state.tlbRead + TLB_SIZE;
    state.codeKey = SOME | (flat ? Mode.flat : 0) | (big ? Mode.big : 0) | (user ? USER : 0);
    state.key = (this.generation << KEY_SHIFT) | state.codeKey;
    const observed = this.alignedUser || aligned || this.breakpoints.armed || this.breakpoints.watching;
    state.protection = observed || this.realAddressing ? 0 : PROTECTED | state.cpl;
  }

  /** Forgets all translations: CR3 (global pages stay), paging bits of CR0 and CR4, A20. */
  flushTlb(keepGlobal = false): void {
    this.tlb.flush(keepGlobal);
    this.nextGeneration();
  }

  flushTlbPage(linear: number): void {
    this.tlb.flushPage(linear >>> 12);
    this.nextGeneration();
  }

  /** After a change of DR0-DR3, DR7 or CR4.DE. */
  updateBreakpoints(): void {
    const { breakpoints } = this;
    const { watching } = breakpoints;
    const before = breakpoints.armed || watching;
    breakpoints.update(this);
    // A service inside a compiled region could not end it at once.
    this.clearPending ||= breakpoints.watching !== watching;
    if (before || breakpoints.armed || breakpoints.watching) this.flushTlb();
  }

  private nextGeneration(): void {
    this.advanceGeneration();
    if (this.noExecute !== noExecuteActive(this.state)) {
      this.noExecute = !this.noExecute;
      this.clearPending = true;
    }
    this.updateMode();
  }

  private advanceGeneration(): void {
    this.generation++;
    if (this.generation >>> (32 - KEY_SHIFT) === 0) return;
    this.generation = 1;
    this.code.clearJumps();
  }

  setA20(open: boolean): void {
    this.physical.setA20(open);
    this.flushTlb();
  }

  /** INTR, as the interrupt controller drives it. */
  get interruptLine(): boolean {
    return this.state.interruptLine !== 0;
  }

  set interruptLine(level: boolean) {
    this.state.interruptLine = level ? 1 : 0;
  }

  get nmiBlocked(): boolean {
    return this.state.nmiBlocked !== 0;
  }

  set nmiBlocked(blocked: boolean) {
    this.state.nmiBlocked = blocked ? 1 : 0;
  }

  private get mode(): number {
    return this.state.codeKey & (Mode.flat | Mode.big);
  }

  /** NMI: its rising edge is remembered. */
  set nmiLine(level: boolean) {
    if (level && !this.nmiLevel) this.nmiPending = true;
    this.nmiLevel = level;
  }

  // ---- registers as others see them

  /** All of EFLAGS. */
  get eflags(): number {
    return packFlags(numbers, this.state) | this.state.eflags | 2;
  }

  set eflags(value: number) {
    this.setArithmeticFlags(value);
    this.state.eflags = value & ~(ARITHMETIC | 2);
  }

  /** Those six as they stand in `eflags`. */
  setArithmeticFlags(eflags: number): void {
    const { state } = this;
    const { zero, sign, carry } = unpackFlags(numbers, eflags);
    state.zero = zero;
    state.sign = sign;
    state.carry = carry;
  }

  /** Sets ZF and leaves the other flags. */
  setZero(set: boolean): void {
    this.state.zero = set ? 0 : 1;
  }

  /** General register by encoding number, at operand size; writes of 2 bytes leave the high half. */
  register(number: number): number {
    return this.words[(EAX >> 2) + number]!;
  }

  setRegister(number: number, value: number, size: number): void {
    const at = EAX + number * 4;
    if (size === 2) this.view.setUint16(at, value & 0xffff, true);
    else this.view.setInt32(at, value, true);
  }

  segment(number: number): SegmentValue {
    return getCache(this.words, number);
  }

  setSegment(number: number, value: SegmentValue): void {
    setCache(this.words, number, value);
  }

  /** The selector in a segment register. */
  selector(number: number): number {
    return this.words[segmentWord(number) + SegmentWord.selector]! & 0xffff;
  }

  /** The exact count, also from within an instruction: the instructions that are complete. */
  now(): number {
    if (this.slice === 0) return this.insns;
    const record = this.state.exitRecord;
    return this.insns + this.slice - this.state.budget + this.view.getUint8(record + Field.index);
  }

  /** Something wants the run loop's attention before the next instruction: an interrupt, a stop, a single-step trap. */
  get disturbed(): boolean {
    return (
      this.stopRequested ||
      this.nmiPending ||
      this.breakpoints.hits !== 0 ||
      (this.interruptLine && (this.state.eflags & Flag.IF) !== 0) ||
      (this.state.eflags & Flag.TF) !== 0
    );
  }

  /** After the instruction at `record`: nothing of what run() looks at is the case, so that the engine may go on at EIP by itself. */
  goesOn(record: number): boolean {
    const { words, breakpoints } = this;
    if (
      this.disturbed ||
      this.halted ||
      this.restarting ||
      this.clearPending ||
      this.deferred !== undefined ||
      breakpoints.armed ||
      breakpoints.watching
    )
      return false;
    if (!this.shadow && (words[EFLAGS]! & Flag.RF) === 0) return true;
    // These are over once the next instruction has begun. Where it is certain that one will, with nothing to be held off, they can be over now.
    if (words[BUDGET]! - this.bytes[record + Field.index]! < 2) return false;
    this.shadow = false;
    this.stackShadow = false;
    words[EFLAGS] = words[EFLAGS]! & ~Flag.RF;
    return true;
  }

  // ---- faults are values

  /** Notes a fault and answers false, so that `return cpu.raise(...)` ends whatever found it. */
  raise(vector: number, errorCode?: number): false {
    this.fault = { vector, errorCode };
    return false;
  }

  /** Delivers through a gate as the engine has noted it. False, with nothing changed: it must be done in full. */
  deliverAgain(vector: number, software: number, errorCode: number | undefined, flags: number): boolean {
    const hasError = errorCode === undefined ? 0 : 1;
    return (
      this.engine.deliver !== undefined && this.engine.deliver(vector, software, hasError, errorCode ?? 0, flags) !== 0
    );
  }

  // ---- memory, slowly

  /** The TLB word for an access, filled by a walk if need be; 0 after raising a page fault. Devices and nothing give `DIRECT`. */
  private translate(linear: number, write: boolean, user: boolean): number {
    const page = linear >>> 12;
    const slot = (user ? 2 : 0) | (write ? 1 : 0);
    const present = this.tlb.at(slot, page);
    if (present !== 0) return present;
    const { walked, state } = this;
    walk(this.physical, state, linear, write ? 'write' : 'read', user, walked);
    if (walked.fault >= 0) {
      state.cr2 = linear;
      this.raise(14, walked.fault);
      return 0;
    }
    this.walkedPage = walked.page;
    this.fill(page, slot & 2);
    const word = this.tlb.at(slot, page);
    return word === 0 ? DIRECT : word;
  }

  /** Physical page of the last walk: where DIRECT accesses go. */
  private walkedPage = 0;

  /** Enters what the last walk found. */
  private fill(page: number, privilege: number): void {
    const { page: physicalPage, writable, global, large } = this.walked;
    const host = this.physical.hostPage(physicalPage, false);
    if (host < 0) return;
    const { watching, armed } = this.breakpoints;
    const watched = (watching || armed) && this.breakpoints.onAnyPage(page) ? Tlb.watched : 0;
    const flags = watched | (privilege !== 0 && this.alignedUser ? Tlb.aligned : 0);
    const read = wordFor(host, page, flags);
    const write = writable && this.physical.hostPage(physicalPage, true) >= 0;
    this.tlb.set(privilege, page, read, write ? read | (this.code.hasCode(host) ? Tlb.code : 0) : 0, global, large);
  }

  /** As translate(), for fetching: where no-execute is in force every fetch that was not cached walks. */
  private translateFetch(linear: number): number {
    const { state, walked } = this;
    const user = state.cpl === 3;
    if (!this.noExecute) return this.translate(linear, false, user);
    walk(this.physical, state, linear, 'fetch', user, walked);
    if (walked.fault >= 0) {
      state.cr2 = linear;
      this.raise(14, walked.fault);
      return 0;
    }
    this.walkedPage = walked.page;
    const host = this.physical.hostPage(walked.page, false);
    return host < 0 ? DIRECT : wordFor(host, linear >>> 12, 0);
  }

  /** Physical address behind a linear one that translate() has just answered for. */
  private physicalOf(word: number, linear: number): number {
    if (word === DIRECT) return this.walkedPage * 0x1000 + (linear & 0xfff);
    return ((linear + (word & ~0xfff)) >>> 0) - 0x1000;
  }

  /** The engines' way out: see Imports.slow. */
  private slow(linear: number, size: number, access: number): number {
    const write = access === AccessKind.write || access === AccessKind.modify || access === AccessKind['probe-write'];
    const user = this.state.cpl === 3;
    if (user && this.alignedUser && !this.checkAlignment(linear, size)) return 0;
    const first = this.translate(linear, write, user);
    if (first === 0) return 0;
    const split = 0x1000 - (linear & 0xfff);
    if (size <= split) {
      if ((first & SPECIAL) === Tlb.valid) return (linear + (first & ~Tlb.aligned)) | 0;
      if (!this.mayAccess(first, linear, size, access)) return 0;
      return this.throughScratch(access, linear, size, this.physicalOf(first, linear), 0, size);
    }
    const at = this.physicalOf(first, linear);
    const nextLinear = (linear + split) | 0;
    const second = this.translate(nextLinear, write, user);
    if (second === 0) return 0;
    if (!this.mayAccess(first | second, linear, size, access)) return 0;
    return this.throughScratch(access, linear, size, at, this.physicalOf(second, nextLinear), split);
  }

  /** Data breakpoints, once translation has succeeded. `words`: the TLB words or'ed. */
  private mayAccess(words: number, linear: number, size: number, access: number): boolean {
    if (!this.breakpoints.watching || (words & Tlb.watched) === 0) return true;
    if (!this.stepping) {
      this.restarting = true;
      return false;
    }
    if (access === AccessKind.read || access === AccessKind.write || access === AccessKind.modify)
      this.breakpoints.accessed(linear, size, access !== AccessKind.read);
    return true;
  }

  /**
   * Raises #AC(0) when alignment is being checked and `size`, where it is a power of two, does not divide the address. Processors look at alignment before
   * they translate, so an access that is both misaligned and not mapped is #AC.
   */
  checkAlignment(linear: number, size: number): boolean {
    if ((linear & (size - 1)) === 0 || (size & (size - 1)) !== 0) return true;
    return this.alignmentChecked ? this.raise(17, 0) : true;
  }

  /** CR0.AM, EFLAGS.AC, CPL 3. */
  get alignmentChecked(): boolean {
    return this.alignedUser && this.state.cpl === 3;
  }

  private throughScratch(
    access: number,
    linear: number,
    size: number,
    first: number,
    second: number,
    split: number,
  ): number {
    if (access === AccessKind.read || access === AccessKind.modify) {
      if (split === size) {
        const value = this.physical.read(first, size as 1 | 2 | 4);
        this.view.setUint32(SCRATCH, value, true);
      } else {
        for (let i = 0; i < size; i++) {
          this.view.setUint8(SCRATCH + i, this.physical.read(i < split ? first + i : second + i - split, 1));
        }
      }
    }
    const { pending } = this;
    pending.linear = linear;
    pending.size = size;
    pending.first = first;
    pending.second = second;
    pending.split = split;
    return SCRATCH_PLACE;
  }

  private commit(): void {
    const { size, first, second, split } = this.pending;
    if (split === size) {
      const value =
        size === 4
          ? this.view.getUint32(SCRATCH, true)
          : size === 2
            ? this.view.getUint16(SCRATCH, true)
            : this.view.getUint8(SCRATCH);
      this.writePhysical(first, value, size as 1 | 2 | 4);
      return;
    }
    for (let i = 0; i < size; i++) {
      this.writePhysical(i < split ? first + i : second + i - split, this.view.getUint8(SCRATCH + i), 1);
    }
  }

  /** A write by the processor or a DMA device; code decoded from there is forgotten. */
  writePhysical(physical: number, value: number, size: 1 | 2 | 4): void {
    this.physical.write(physical, value, size);
    if (physical <= 0xffffffff) this.code.written((physical & this.physical.a20Mask) >>> 0, size);
  }

  /** Reads at a linear address; -1 after raising a page fault. Unsigned otherwise. `user`: with the rights of CPL 3. */
  readLinear(linear: number, size: 1 | 2 | 4, user: boolean): number {
    if (this.breakpoints.watching) this.watch(linear, size, false);
    return this.readSystem(linear, size, user);
  }

  /** A service's access to what may be a data breakpoint: the block that runs ends with this instruction. */
  private watch(linear: number, size: number, write: boolean): void {
    const { breakpoints, state } = this;
    breakpoints.accessed(linear, size, write);
    if (breakpoints.hits === 0 || this.stepping || this.slice === 0) return;
    const at = (state.csBase + state.pcBase + this.view.getUint16(state.exitRecord + Field.offset, true)) | 0;
    const word = this.translateFetch(at);
    if (word !== 0 && word !== DIRECT) this.code.written(this.physicalOf(word, at), 1);
  }

  /** readLinear() by the processor for itself, which no data breakpoint sees: descriptor tables and the TSS, whatever the CPL. */
  readSystem(linear: number, size: 1 | 2 | 4, user = false): number {
    const at = linear | 0;
    const place = this.plainLinear(at, size, false, user);
    if (place >= 0) {
      if (size === 4) return this.view.getUint32(place, true);
      return size === 2 ? this.view.getUint16(place, true) : this.view.getUint8(place);
    }
    if ((at & 0xfff) + size > 0x1000) {
      let value = 0;
      for (let i = 0; i < size; i++) {
        const byte = this.readSystem(at + i, 1, user);
        if (byte < 0) return -1;
        value += byte * 2 ** (8 * i);
      }
      return value;
    }
    const word = this.translate(at, false, user);
    return word === 0 ? -1 : this.physical.read(this.physicalOf(word, at), size);
  }

  /** Writes at a linear address; false after raising a page fault, with nothing written. */
  writeLinear(linear: number, value: number, size: 1 | 2 | 4, user: boolean): boolean {
    if (this.breakpoints.watching) this.watch(linear, size, true);
    return this.writeSystem(linear, value, size, user);
  }

  /** See readSystem(). */
  writeSystem(linear: number, value: number, size: 1 | 2 | 4, user = false): boolean {
    const at = linear | 0;
    const place = this.plainLinear(at, size, true, user);
    if (place >= 0) {
      if (size === 4) this.view.setInt32(place, value, true);
      else if (size === 2) this.view.setInt16(place, value, true);
      else this.view.setInt8(place, value);
      return true;
    }
    if (!this.probeLinear(at, size, true, user)) return false;
    if ((at & 0xfff) + size > 0x1000) {
      for (let i = 0; i < size; i++) this.writeSystem(at + i, (value >>> (8 * i)) & 0xff, 1, user);
      return true;
    }
    this.writePhysical(this.physicalOf(this.translate(at, true, user), at), value, size);
    return true;
  }

  /** Whether [linear, linear + length) may be accessed; raises the page fault when not. */
  probeLinear(linear: number, length: number, write: boolean, user: boolean): boolean {
    let at = linear | 0;
    const last = (linear + length - 1) | 0;
    for (;;) {
      if (this.translate(at, write, user) === 0) return false;
      if (at >>> 12 === last >>> 12) return true;
      at = ((at & ~0xfff) + 0x1000) | 0;
    }
  }

  // ---- segmented accesses for services

  /** Linear address of `size` bytes at an offset, or undefined after raising #GP(0), #SS(0), or #AC(0) for a size of 2, 4 or 8. */
  linearOf(segment: number, offset: number, size: number, write: boolean): number | undefined {
    const at = segmentWord(segment);
    const bounds = at + (write ? SegmentWord.writeLow : SegmentWord.readLow);
    const low = this.words[bounds]! >>> 0;
    const high = this.words[bounds + 1]! >>> 0;
    const from = offset >>> 0;
    const whole = low === 0 && high === 0xffffffff;
    if (!whole && (from < low || from + size - 1 > high)) {
      this.raise(segment === Segment.ss ? 12 : 13, 0);
      return undefined;
    }
    const linear = (this.words[at + SegmentWord.base]! + offset) | 0;
    return this.checkAlignment(linear, size) ? linear : undefined;
  }

  /** How many bytes plainPlace() vouched for. */
  plainBytes = 0;

  /**
   * Host address of plain RAM at segment:offset, good for up to `bytes` bytes of its page (`plainBytes` says how many): nothing needs asking there. -1
   * when there is none; no fault is raised then, whoever accesses it element by element will find it.
   */
  plainPlace(segment: number, offset: number, write: boolean, user: boolean, bytes: number): number {
    if (bytes <= 0) return -1;
    const at = segmentWord(segment);
    const bounds = at + (write ? SegmentWord.writeLow : SegmentWord.readLow);
    const low = this.words[bounds]! >>> 0;
    const high = this.words[bounds + 1]! >>> 0;
    if (offset < low || offset > high) return -1;
    const linear = (this.words[at + SegmentWord.base]! + offset) | 0;
    const page = linear >>> 12;
    const slot = (user ? 2 : 0) | (write ? 1 : 0);
    let word = this.tlb.at(slot, page);
    if (word === 0) {
      walk(this.physical, this.state, linear, write ? 'write' : 'read', user, this.walked);
      if (this.walked.fault >= 0) return -1;
      this.fill(page, slot & 2);
      word = this.tlb.at(slot, page);
    }
    if ((word & 0xfff) !== Tlb.valid) return -1;
    this.plainBytes = Math.min(bytes, high - offset + 1, toPageEnd(linear));
    return hostAddress((linear + word) | 0);
  }

  /** Host address of `bytes` bytes of plain RAM at a linear address, or -1 when the access must go by readLinear() or writeLinear(). */
  plainLinear(linear: number, bytes: number, write: boolean, user: boolean): number {
    const word = this.tlb.at((user ? 2 : 0) | (write ? 1 : 0), linear >>> 12);
    if ((word & 0xfff) !== Tlb.valid || bytes > toPageEnd(linear)) return -1;
    return hostAddress((linear + word) | 0);
  }

  // ---- decoding

  /** Fetches and decodes the instruction at EIP, checking the limit of CS byte by byte; undefined after raising. */
  decodeAt(eip: number): Decoded | undefined {
    const cs = getCache(this.words, Segment.cs);
    const fetch = (index: number): number => {
      const at = (eip + index) >>> 0;
      if (at > cs.limit) {
        this.raise(13, 0);
        return -1;
      }
      const linear = (cs.base + at) | 0;
      const word = this.translateFetch(linear);
      return word === 0 ? -1 : this.physical.read(this.physicalOf(word, linear), 1);
    };
    const decoded = decode(fetch, (this.mode & Mode.big) !== 0, this.model.absent);
    if (typeof decoded !== 'string') return decoded;
    if (decoded === 'undefined') this.raise(6);
    if (decoded === 'too-long') this.raise(13, 0);
    return undefined;
  }

  /** The record to run at EIP: 0 when EIP must be stepped or cannot be fetched (`fetchFault`). */
  private lookup(): number {
    const { state } = this;
    const { eip } = state;
    if (eip >>> 0 > state.fetchLimit >>> 0) return 0;
    const linear = (state.csBase + eip) | 0;
    const cached = this.code.jumpAt(linear, state.key);
    if (cached !== 0 && this.view.getUint16(cached + Field.form, true) !== Pseudo.stale) return cached;
    const word = this.translateFetch(linear);
    if (word === 0 || word === DIRECT) return 0;
    const page = this.physicalOf(word, linear) >>> 12;
    const found = this.code.find(page, linear & 0xfff, this.mode);
    const record = found !== 0 ? found : this.decodeBlock(eip, linear, page);
    if (record === 0) return 0;
    // A block on two pages depends on both; and the TLB for reading knows nothing of no-execute.
    const key = this.noExecute || this.code.crossing.has(record) ? state.key : state.codeKey;
    this.code.cacheJump(linear, key, record, word);
    return record;
  }

  /** 32-bit code with flat segments. */
  get flat(): boolean {
    return this.mode === (Mode.flat | Mode.big);
  }

  /** See EngineHost: looks at the TLB alone, so that nothing a guest could notice happens. */
  blockAt(eip: number): number {
    const { state } = this;
    const linear = (state.csBase + eip) | 0;
    // Compiled code checks its pages by the TLB for reads, which knows nothing of fetching.
    if (this.noExecute || this.breakpoints.watching || this.breakpoints.onExecutePage(linear >>> 12)) return 0;
    const word = this.tlb.at(state.cpl === 3 ? 2 : 0, linear >>> 12);
    if (word === 0) return 0;
    const found = this.code.find(this.physicalOf(word, linear) >>> 12, linear & 0xfff, this.mode);
    if (found !== 0) return found;
    const cached = this.code.jumpAt(linear, state.key);
    return this.code.crossing.has(cached) && this.view.getUint16(cached + Field.form, true) !== Pseudo.stale
      ? cached
      : 0;
  }

  /** See EngineHost. A walk for an access that would fault marks nothing, and CR2 is written by the access itself when it comes. */
  enterTranslation(linear: number, write: boolean): number {
    const user = this.state.cpl === 3;
    // #AC comes before a walk, which leaves its marks: whoever knows the size of the access must look first.
    if (this.tlb.isFull || this.alignmentChecked) return 0;
    const { cr2 } = this.state;
    const word = this.translate(linear, write, user);
    this.state.cr2 = cr2;
    return word === DIRECT ? 0 : word;
  }

  /** See EngineHost. */
  enterFetch(): boolean {
    const { state } = this;
    const { cr2 } = state;
    const word = this.translateFetch((state.csBase + state.eip) | 0);
    state.cr2 = cr2;
    return word !== 0 && word !== DIRECT;
  }

  /** See EngineHost. */
  forgetCode(): void {
    this.clearPending = true;
  }

  /** See EngineHost. */
  peek(linear: number): number | undefined {
    const place = this.plainLinear(linear, 4, false, this.state.cpl === 3);
    return place < 0 ? undefined : this.view.getInt32(place, true);
  }

  /** Bytes of a page of plain RAM, for decode(). */
  private decodedFrom = 0;
  private decodedEnd = 0;
  private readonly fetchPlain = (index: number): number => {
    const at = this.decodedFrom + index;
    return at < this.decodedEnd ? this.physical.bytes[at]! : -1;
  };

  private decodeBlock(eip: number, linear: number, page: number): number {
    const start = linear & 0xfff;
    const { forms } = this.engine;
    const base = page * 0x1000;
    const big = (this.mode & Mode.big) !== 0;
    const flat = (this.mode & Mode.flat) !== 0;
    const first = this.code.reserve();
    let offset = start;
    let count = 0;
    let at = first;
    let ended = false;
    const { absent } = this.model;
    while (count < MAX_BLOCK - 1 && !ended) {
      this.decodedFrom = base + offset;
      this.decodedEnd = base + 0x1000;
      const decoded = decode(this.fetchPlain, big, absent);
      if (typeof decoded === 'string') break;
      const { id, binding } = forms.select(decoded, flat);
      writeRecord(this.code, at, decoded, id, binding, count, offset);
      offset += decoded.length;
      at += RECORD_SIZE;
      count++;
      ended = forms.endsBlock(id);
    }
    if (count === 0) return this.decodeCrossing(eip, linear, page, first);
    // Also after a form that ends the block: it may do so on a condition.
    writeFallThrough(this.view, at, count, offset);
    const fresh = this.code.add(first, count + 1, base + start, base + offset, this.mode);
    if (fresh) this.flagCodePage(page);
    return first;
  }

  /** An instruction that lies on two pages makes a block by itself. */
  private decodeCrossing(eip: number, linear: number, page: number, at: number): number {
    const decoded = this.decodeAt(eip);
    if (!decoded) return 0;
    const start = linear & 0xfff;
    const spill = start + decoded.length - 0x1000;
    if (spill <= 0) return 0;
    const nextLinear = (linear & ~0xfff) + 0x1000;
    const word = this.translateFetch(nextLinear);
    if (word === 0 || word === DIRECT) return 0;
    const second = this.physicalOf(word, nextLinear);
    const known = this.code.findCrossing(page, start, this.mode, second);
    if (known !== 0) return known;
    const { id, binding } = this.engine.forms.select(decoded, (this.mode & Mode.flat) !== 0);
    writeRecord(this.code, at, decoded, id, binding, 0, start);
    writeFallThrough(this.view, at + RECORD_SIZE, 1, start + decoded.length);
    const physicalStart = page * 0x1000 + start;
    this.code.add(at, 2, physicalStart, (page + 1) * 0x1000, this.mode, { at: second, bytes: spill });
    this.flagCodePage(page);
    this.flagCodePage(second >>> 12);
    return at;
  }

  /** Writes to a page with code must ask first, through whatever linear page. */
  private flagCodePage(page: number): void {
    this.tlb.update((word, linearPage, slot) => {
      if ((slot & 1) === 0) return word;
      const target = (((linearPage << 12) + (word & ~0xfff)) >>> 12) - 1;
      return target === page ? word | Tlb.code : word;
    });
  }

  // ---- running

  /** Executes exactly `limit` instructions, or fewer when it stops for another reason. `limit` is at most 2^53. */
  run(limit: number): StopReason {
    const end = this.insns + limit;
    const { state } = this;
    while (this.insns < end) {
      if (this.stopRequested) {
        this.stopRequested = false;
        return 'requested';
      }
      // The delivery of an exception or interrupt wrote to a data breakpoint: the trap comes before its handler.
      if (this.breakpoints.hits !== 0 && !this.stackShadow) {
        this.insns++;
        if (!this.afterInstruction()) return 'triple-fault';
        continue;
      }
      if (this.nmiPending && !this.nmiBlocked && !this.stackShadow) {
        this.halted = false;
        this.insns++;
        if (!deliverNmi(this)) return 'triple-fault';
        continue;
      }
      if (this.interruptLine && (state.eflags & Flag.IF) !== 0 && !this.shadow) {
        this.halted = false;
        this.insns++;
        if (!deliverInterrupt(this)) return 'triple-fault';
        continue;
      }
      if (this.halted) return 'halt';
      if (this.clearPending) {
        this.clearPending = false;
        this.code.clear();
      }
      const armed = this.breakpoints.onExecutePage((state.csBase + state.eip) >>> 12);
      if (armed && this.executionBreakpoint()) {
        this.insns++;
        if (!deliverFault(this, { vector: 1, errorCode: undefined })) return 'triple-fault';
        continue;
      }
      const careful =
        this.shadow || this.restarting || (state.eflags & (Flag.TF | Flag.RF)) !== 0 || end - this.insns < MAX_BLOCK;
      this.shadow = false;
      this.stackShadow = false;
      const record = armed ? 0 : this.lookup();
      if (record === 0 || careful) {
        if (!this.step(record)) return 'triple-fault';
        continue;
      }
      const slice = Math.min(end - this.insns, this.engine.longestSlice ?? MAX_SLICE);
      state.pcBase = state.eip - ((state.csBase + state.eip) & 0xfff);
      if (!this.runSlice(record, slice) || !this.afterInstruction()) return 'triple-fault';
    }
    return 'limit';
  }

  /** Whether one is hit at EIP; DR6 says so then. RF and MOV SS hold it off. */
  private executionBreakpoint(): boolean {
    const { state } = this;
    if ((state.eflags & Flag.RF) !== 0 || this.stackShadow) return false;
    const hits = this.breakpoints.executing((state.csBase + state.eip) | 0);
    if (hits === 0) return false;
    state.dr6 = (state.dr6 & ~15) | hits;
    return true;
  }

  /** What an instruction leaves behind: the fault of a task it has switched to, debug traps. False: the processor shut down. */
  private afterInstruction(): boolean {
    const { state, breakpoints, deferred } = this;
    if (deferred) {
      this.deferred = undefined;
      return deliverFault(this, deferred);
    }
    if (breakpoints.hits === 0 || this.stackShadow) return true;
    if ((breakpoints.hits & 15) !== 0) state.dr6 &= ~15;
    state.dr6 |= breakpoints.hits;
    breakpoints.hits = 0;
    return deliverFault(this, { vector: 1, errorCode: undefined, trap: true });
  }

  private runSlice(record: number, slice: number): boolean {
    const { state } = this;
    this.slice = slice;
    state.budget = slice;
    const outcome = this.engine.run(record);
    this.insns += slice - state.budget;
    this.slice = 0;
    if (outcome === Outcome.link) this.link();
    else if (outcome === Outcome.fault) return this.faulted();
    return true;
  }

  /** The instruction at EIP faulted; or came upon a page with a data breakpoint, and has not been. */
  private faulted(): boolean {
    if (this.restarting) {
      this.insns--;
      return true;
    }
    this.breakpoints.hits = 0;
    return deliverFault(this, this.fault);
  }

  /** Executes the one instruction at EIP; `record` is its cached record, or 0. Debug traps afterwards. */
  private step(record: number): boolean {
    const { state, view, breakpoints } = this;
    const trap = (state.eflags & Flag.TF) !== 0;
    const { eip } = state;
    const start = (state.csBase + eip) & 0xfff;
    this.restarting = false;
    if (record !== 0) {
      this.words.copyWithin(STEP_RECORDS >> 2, record >> 2, (record + RECORD_SIZE) >> 2);
      view.setUint8(STEP_RECORDS + Field.index, 0);
      if (view.getUint16(record + Field.form, true) === Pseudo.compiled)
        view.setUint16(STEP_RECORDS + Field.form, this.engine.formAt!(record), true);
    } else {
      const decoded = this.decodeAt(eip);
      if (!decoded) {
        this.insns++;
        return this.faulted();
      }
      const { id, binding } = this.engine.forms.select(decoded, (this.mode & Mode.flat) !== 0);
      writeRecord(this.code, STEP_RECORDS, decoded, id, binding, 0, start);
    }
    writePseudo(view, STEP_RECORDS + RECORD_SIZE, Pseudo.stop, 1, view.getUint16(STEP_RECORDS + Field.next, true));
    state.pcBase = eip - start;
    const next = state.pcBase + view.getUint16(STEP_RECORDS + Field.next, true);
    const before = this.insns;
    this.trapHeld = false;
    // RF holds for one instruction; a fault pushes it set whatever it was.
    state.eflags &= ~Flag.RF;
    this.stepping = true;
    const delivered = this.runSlice(STEP_RECORDS, 1);
    this.stepping = false;
    if (!delivered) return false;
    // A REP left half done goes on from where it is without meeting its breakpoint again, and traps after each iteration.
    if (breakpoints.armed && state.eip === eip && this.isRepeated(eip)) state.eflags |= Flag.RF;
    const branched = !this.modelRegisters.branchTraps || state.eip !== (next | 0);
    if (trap && branched && !this.trapHeld && !this.stackShadow && this.insns > before) breakpoints.hits |= Dr6.BS;
    return this.afterInstruction();
  }

  private isRepeated(eip: number): boolean {
    const decoded = this.decodeAt(eip);
    return decoded !== undefined && decoded.repeat !== 0 && decoded.row.operands.some(o => /^[XY]/.test(o));
  }

  /** Sets the link of the direct jump that asked for it: to a block on the same page, or 1 for "look it up". */
  private link(): void {
    const { state, view } = this;
    const from = state.exitRecord;
    if (from < RECORDS) return;
    const target = state.eip;
    const decodedBefore = this.code.counts.emptied;
    const samePage =
      target - state.pcBase >= 0 && target - state.pcBase < 0x1000 && view.getUint16(from + Field.next, true) <= 0x1000;
    const record = samePage ? this.lookup() : 0;
    // Looking up may have emptied the arena, and `from` with it.
    if (this.code.counts.emptied !== decodedBefore) return;
    if (!samePage || this.code.crossing.has(record)) view.setInt32(from + Field.link, 1, true);
    else if (record !== 0) view.setInt32(from + Field.link, record, true);
  }
}

const EFLAGS = fieldAddress('eflags') >> 2;
const BUDGET = fieldAddress('budget') >> 2;
const EAX = registerAddress('eax');
const CS_CACHE = segmentWord(Segment.cs);
const SS_CACHE = segmentWord(Segment.ss);

/** Bytes from `linear` to the end of its page. */
const toPageEnd = (linear: number): number => 0x1000 - (linear & 0xfff);

/** Longest slice in one go: budgets are 32-bit. */
const MAX_SLICE = 0x3fffffff;

const CR0_AM = 1 << 18;

/** Flags of a TLB word but Tlb.aligned, with the bits that say it is one. */
const SPECIAL = 0xfff & ~Tlb.aligned;

/** Stands for a translation to where no host memory is; not a TLB word. */
const DIRECT = 4;

function wordFor(hostPage: number, linearPage: number, flags: number): number {
  return ((hostPage + 1 - linearPage) << 12) | Tlb.valid | flags | 0;
}

/** A jump to the byte after the block that counts as no instruction: its index is the last one's. */
function writeFallThrough(view: DataView, at: number, count: number, offset: number): void {
  writePseudo(view, at, Pseudo.next, count - 1, offset);
  view.setUint16(at + Field.next, offset, true);
  view.setInt32(at + Field.imm, 0, true);
  view.setInt32(at + Field.link, 0, true);
  view.setInt32(at + Field.taken, 0, true);
}

function writePseudo(view: DataView, at: number, form: number, index: number, offset: number): void {
  view.setUint16(at + Field.form, form, true);
  view.setUint8(at + Field.index, index);
  view.setUint16(at + Field.offset, offset, true);
}
