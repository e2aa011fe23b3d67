/**
 * The processor, put together from its parts, with what others see of it: registers, lines, and run().
 *
 * Time is `insns`: the instructions executed since reset. An instruction that faults counts as one, each iteration of a REP counts as one, and so does
 * each interrupt delivered; so no guest can keep the host busy without the count moving. run() stops at an exact count.
 */
import { ARITHMETIC, Flag, packFlags, unpackFlags } from '../isa/flags.ts';
import { numbers } from '../isa/numbers.ts';
import { PhysicalMemory } from '../mmu/physical.ts';
import { BlockDecoder } from './block-decoder.ts';
import { Breakpoints } from './breakpoints.ts';
import { bulkString } from './bulk.ts';
import type { CpuBus, Fault } from './bus.ts';
import { CodeCache } from './code-cache.ts';
import { decodeMode, Mode } from './decode-mode.ts';
import type { Engine, EngineHost, EngineReport, MakeEngine } from './engine.ts';
import { updateExecutionMode } from './execution-mode.ts';
import { FpuStack } from './fpu-stack.ts';
import { LinearMemory } from './linear-memory.ts';
import { ModelRegisters } from './model-registers.ts';
import { DEFAULT_MODEL, type Model, type ModelName, Models } from './models.ts';
import { ObservationPoints } from './observation-points.ts';
import { PendingEvents } from './pending-events.ts';
import { resetRegisters } from './reset.ts';
import { RunLoop } from './run-loop.ts';
import { SegmentedMemory } from './segmented-memory.ts';
import { getCache, Segment, type SegmentValue, setCache } from './segments.ts';
import { performService } from './services.ts';
import { VectorUnit } from './simd-unit.ts';
import { SlowAccess } from './slow-access.ts';
import { StackFrame } from './stack-frame.ts';
import { BULKED, RAM, registerAddress, SegmentWord, type State, segmentAt, segmentWord, viewState } from './state.ts';
import { Translation } from './translation.ts';

export { Mode, USER } from './decode-mode.ts';
export { Segment } from './segments.ts';

/** `observed`: an observation point said so; the instruction there has not begun. */
export type StopReason = 'limit' | 'halt' | 'triple-fault' | 'requested' | 'observed';

export interface CpuOptions {
  /** Bytes of guest physical memory that exist from address 0: RAM and what shadows it; a multiple of 64 KiB. */
  readonly memoryBytes: number;
  readonly bus: CpuBus;
  /** The interpreter: see engine.ts. */
  readonly engine: MakeEngine;
  /** Which processor: see models.ts. */
  readonly model?: ModelName;
}

export const WASM_PAGE = 65536;

export class Cpu implements EngineHost {
  readonly model: Model;
  readonly bus: CpuBus;

  /** The one memory that holds everything (state.ts), and views of it. */
  readonly memory: WebAssembly.Memory;
  readonly words: Int32Array;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly state: State;

  // Memory, from the outside in.
  readonly physical: PhysicalMemory;
  readonly translation: Translation;
  readonly linear: LinearMemory;
  readonly segmented: SegmentedMemory;
  /** The stack in use and one of another level, for transfers of control. */
  readonly stack: StackFrame;
  readonly otherStack: StackFrame;

  // Units with registers of their own.
  /** MMX and XMM registers as SIMD operations see them. */
  readonly vectors: VectorUnit;
  /** The x87 registers and their arithmetic. */
  readonly fpu: FpuStack;
  readonly modelRegisters = new ModelRegisters();
  readonly breakpoints = new Breakpoints();

  // What executes.
  readonly code: CodeCache;
  readonly decoder: BlockDecoder;
  readonly events: PendingEvents;
  readonly loop: RunLoop;
  /** Where the host wants to look on. */
  readonly observation = new ObservationPoints(this);
  private readonly engine: Engine;

  /** Instructions executed since reset, up to the last time run() was outside a block; see now(). */
  insns = 0;
  halted = false;
  stopRequested = false;
  private transfersObserved = false;
  /** IGNNE#: with CR0.NE clear, x87 instructions go on in spite of a pending exception. */
  ignoreNumericErrors = false;
  /** Set by a service or the slow path that returned a fault. */
  fault: Fault = { vector: 6, errorCode: undefined };
  /** The exceptions that led to shutdown, oldest first, after a triple fault. */
  shutdown: Fault[] = [];
  /** SS as innerStack() found it. */
  innerSelector = 0;
  /** See EngineHost. */
  effort = 0;
  effortLimit = Number.POSITIVE_INFINITY;
  effortAt = 0;

  constructor(options: CpuOptions) {
    this.model = Models[options.model ?? DEFAULT_MODEL];
    this.bus = options.bus;

    const pages = Math.ceil((RAM + options.memoryBytes) / WASM_PAGE);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { buffer } = this.memory;
    this.words = new Int32Array(buffer);
    this.view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
    this.state = viewState(this.words);
    this.vectors = new VectorUnit(buffer);
    this.fpu = new FpuStack(this.words);

    this.code = new CodeCache(buffer);
    this.physical = new PhysicalMemory(buffer, RAM, options.memoryBytes);
    this.translation = new Translation(this);
    this.linear = new LinearMemory(this);
    this.segmented = new SegmentedMemory(this);
    this.stack = new StackFrame(this);
    this.otherStack = new StackFrame(this);

    const slow = new SlowAccess(this);
    this.engine = options.engine(this.memory, {
      slow: (linear, size, access) => slow.access(linear, size, access),
      commit: () => slow.commit(),
      segmentFault: cache => this.raise(segmentAt(cache) === Segment.ss ? 12 : 13, 0),
      raise: (vector, errorCode) => this.raise(vector, vector === 13 ? errorCode : undefined),
      bulk: (record, what) => {
        const before = this.state.budget;
        bulkString(this, record, what);
        this.words[BULKED >> 2]! += before - this.state.budget;
      },
      service: (number, record, a, b, c) => performService(this, number, record, a, b, c),
    });
    this.decoder = new BlockDecoder(this, this.engine.forms);
    this.events = new PendingEvents(this);
    this.loop = new RunLoop(this, this.engine);
    this.engine.attach?.(this);
    this.reset();
  }

  /** What RESET does; memory stays as it is. */
  reset(): void {
    resetRegisters(this);
    this.halted = false;
    this.ignoreNumericErrors = false;
    this.fault = { vector: 6, errorCode: undefined };
    this.shutdown = [];
    this.events.reset();
    this.modelRegisters.reset();
    this.breakpoints.reset();
    this.code.clear();
    this.flushTlb();
    this.updateMode();
  }

  /** Executes exactly `limit` instructions, or fewer when it stops for another reason. `limit` is at most 2^53. */
  run(limit: number): StopReason {
    return this.loop.run(limit);
  }

  /** The exact count, also from within an instruction: the instructions that are complete. */
  now(): number {
    return this.loop.now();
  }

  /** Notes a fault and answers false, so that `return cpu.raise(...)` ends whatever found it. */
  raise(vector: number, errorCode?: number): false {
    this.fault = { vector, errorCode };
    return false;
  }

  // ---- lines

  /** INTR, as the interrupt controller drives it. */
  get interruptLine(): boolean {
    return this.state.interruptLine !== 0;
  }

  set interruptLine(level: boolean) {
    this.state.interruptLine = level ? 1 : 0;
  }

  set nmiLine(level: boolean) {
    this.events.driveNmi(level);
  }

  setA20(open: boolean): void {
    this.physical.setA20(open);
    this.flushTlb();
  }

  /** A write by the processor or a DMA device; code decoded from there is forgotten. */
  writePhysical(physical: number, value: number, size: 1 | 2 | 4): void {
    this.physical.write(physical, value, size);
    if (physical <= 0xffffffff) this.code.written((physical & this.physical.a20Mask) >>> 0, size);
  }

  // ---- registers

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

  // ---- mode

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

  get nmiBlocked(): boolean {
    return this.state.nmiBlocked !== 0;
  }

  set nmiBlocked(blocked: boolean) {
    this.state.nmiBlocked = blocked ? 1 : 0;
  }

  /** Whether CpuBus.observeTransfer is told of system calls and returns from them: transfers that repeat are then done in full. */
  get observesTransfers(): boolean {
    return this.transfersObserved;
  }

  set observesTransfers(wanted: boolean) {
    this.transfersObserved = wanted;
    this.updateMode();
  }

  /** Whatever knows how to go on to a linear page is to look it up anew. Only between instructions. */
  forgetWaysTo(linearPage: number): void {
    this.code.clearJumps();
    this.engine.forgetPage?.(linearPage);
  }

  /** After any change of segments, CPL, CR0 or EFLAGS.AC. */
  updateMode(): void {
    updateExecutionMode(this);
  }

  /** Forgets all translations: CR3 (global pages stay), paging bits of CR0 and CR4, A20. */
  flushTlb(keepGlobal = false): void {
    this.translation.flush(keepGlobal);
  }

  // ---- the engine, and what it may ask: see EngineHost

  /** What the engine tells of the run, if it took notes: see engine.ts. */
  engineReport(): EngineReport | undefined {
    return this.engine.report?.();
  }

  /** Delivers through a gate as the engine has noted it. False, with nothing changed: it must be done in full. */
  deliverAgain(vector: number, software: number, errorCode: number | undefined, flags: number): boolean {
    const hasError = errorCode === undefined ? 0 : 1;
    return (
      this.engine.deliver !== undefined && this.engine.deliver(vector, software, hasError, errorCode ?? 0, flags) !== 0
    );
  }

  get flat(): boolean {
    return decodeMode(this.state.codeKey) === (Mode.flat | Mode.big);
  }

  blockAt(eip: number): number {
    return this.decoder.blockAt(eip);
  }

  enterTranslation(linear: number, write: boolean): number {
    return this.translation.enter(linear, write);
  }

  enterFetch(): boolean {
    // An interrupt, a trap or an instruction breakpoint comes before the fetch, which may then never be: it must leave no mark in page tables.
    const page = ((this.state.csBase + this.state.eip) >>> 0) >>> 12;
    if (this.events.waiting || this.halted || this.breakpoints.onExecutePage(page)) return false;
    return this.translation.enterFetch();
  }

  forgetCode(): void {
    this.code.clearPending = true;
  }

  peek(linear: number): number | undefined {
    const place = this.linear.plain(linear, 4, false, this.state.cpl === 3);
    return place < 0 ? undefined : this.view.getInt32(place, true);
  }
}

const EAX = registerAddress('eax');
