/**
 * The interpreter: one WebAssembly module made from the definitions.
 *
 * `run` is one function, a loop around a br_table with a handler for each hot form. Its handlers know only the fast way: a memory access that is not
 * a plain hit in the TLB, or anything that would fault, leaves the handler before it has changed anything and has the form done again by
 * its cold function, which can do everything. Every form has a cold function, reached through the table by form number; rare forms have
 * nothing else.
 *
 * A cold function returns what comes next (see Outcome). Its budget is the state's; `run` keeps it in a local while it stays hot.
 * The budget counts instructions down: a block's are taken off when it is left, so a block may only be entered while MAX_BLOCK are left.
 */
import { type Exception, type Operand, type ServiceName, ServiceNames, Services } from '../isa/builder.ts';
import { Code, I32, type Label, Op } from '../wasm/code.ts';
import { Module } from '../wasm/module.ts';
import { Bulk } from './bulk.ts';
import { type ExecutableForm, enumerateForms } from './form-enumeration.ts';
import { FIRST_FORM, type FormTable, Pseudo } from './forms.ts';
import { Outcome } from './outcome.ts';
import { Field, MAX_BLOCK, RECORD_SIZE } from './record.ts';
import { addRepeatedTransfers, type RepeatedTransfers } from './repeated-transfers.ts';
import {
  CODE_BITMAP,
  type FieldName,
  fieldAddress,
  HOT_JUMP,
  JUMP_CACHE,
  JUMP_CACHE_ENTRIES,
  SCRATCH_PLACE,
  SegmentCache,
  segmentAddress,
  Tlb,
} from './state.ts';
import { SOFTWARE } from './transfer-cache.ts';
import { type Access, type LocalNode, type LocalPool, type Node, RECORD } from './wasm-builder.ts';
import { EscapeBuilder, isX87Service, type X87Table } from './x87/escape-builder.ts';
import { addX87Functions } from './x87/functions.ts';
import { OPERAND_TO_DONE } from './x87/row-function.ts';

/** Exception vectors by name. Source: SDM vol. 3, table 6-1. */
export const Vector = { DE: 0, OF: 4, BR: 5, UD: 6, NM: 7, GP: 13 } as const satisfies Record<Exception, number>;

/** Access kinds as slow-path functions receive them. */
export const AccessKind = { read: 0, write: 1, modify: 2, 'probe-read': 3, 'probe-write': 4 } as const;

/** Functions the interpreter calls when the fast way ends; implemented by the processor. */
export interface Imports {
  /** Translates an access of `size` bytes at a linear address: a place, SCRATCH_PLACE, or 0 for a fault. */
  slow(linear: number, size: number, access: number): number;
  /** Carries out a write that went to the scratch page. */
  commit(): void;
  /** An access outside the segment's limits or rights: raises #GP or #SS. */
  segmentFault(cache: number): void;
  raise(vector: number, errorCode: number): void;
  /** Does as much of a REP MOVS or STOS as can be done in bulk; see bulk.ts. */
  bulk(record: number, what: number): void;
  /** Performs a service; returns an Outcome. */
  service(number: number, record: number, a: number, b: number, c: number): number;
}

const SIGNATURES = {
  slow: { params: [I32, I32, I32], results: [I32] },
  commit: { params: [], results: [] },
  segmentFault: { params: [I32], results: [] },
  raise: { params: [I32, I32], results: [] },
  bulk: { params: [I32, I32], results: [] },
  service: { params: [I32, I32, I32, I32, I32], results: [I32] },
} as const;

/** Counts above this are worth a call. */
const BULK_LEAST = 16;

const RECORD_TO_OUTCOME = { params: [I32], results: [I32] } as const;

// Locals of `run` after the record and the 64-bit temporary.
const BUDGET = 2;
const TARGET = 3;
const TLB_READ = 4;
const TLB_WRITE = 5;
const ENTRY = 6;
const FIRST_HOT_TEMPORARY = 7;
const FIRST_COLD_TEMPORARY = 2;

interface Helpers {
  readonly imports: Readonly<Record<keyof Imports, number>>;
  /** (linear, size, access, entry) -> place: code pages are asked here, all else by the import. */
  readonly writeSlow: number;
  /** (cache, offset, size, write) -> 1 when the access is outside. */
  readonly outside: number;
  readonly repeated: RepeatedTransfers;
  readonly x87: X87Table | undefined;
}

/** Custom sections of the module: which form number stands for what (see FormTable). */
const FORM_TABLE = 'real86.forms';
const ENDS_BLOCK = 'real86.ends';

/** The table that belongs to a module made by buildInterpreter(). */
export function formTableOf(module: WebAssembly.Module): FormTable {
  const section = (name: string): ArrayBuffer => {
    const [bytes] = WebAssembly.Module.customSections(module, name);
    if (!bytes) throw new Error(`interpreter module without section ${name}`);
    return bytes;
  };
  return { variants: new Uint16Array(section(FORM_TABLE)), endsBlock: new Uint8Array(section(ENDS_BLOCK)) };
}

export interface InterpreterOptions {
  /** Without them every x87 instruction is done by its service. */
  readonly x87Functions: boolean;
}

/** The module's bytes: a pure function of the definitions. It imports memory as `env.memory` and the functions of Imports from `cpu`. */
export function buildInterpreter(
  memoryPages: number,
  options: InterpreterOptions = { x87Functions: true },
): Uint8Array<ArrayBuffer> {
  const module = new Module();
  const imports = Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, signature]) => [name, module.importFunction('cpu', name, signature)]),
  ) as Record<keyof Imports, number>;
  module.importMemory('env', 'memory', memoryPages);
  const { forms, variants, endsBlock } = enumerateForms();
  const x87Functions = options.x87Functions ? addX87Functions(module) : [];
  // They follow the forms in the table.
  const x87Table = { first: FIRST_FORM + forms.length, type: module.typeIndex(OPERAND_TO_DONE) };
  const helpers: Helpers = {
    imports,
    writeSlow: addWriteSlow(module, imports),
    outside: addOutside(module),
    repeated: addRepeatedTransfers(module),
    x87: options.x87Functions ? x87Table : undefined,
  };
  module.export('deliver', helpers.repeated.deliver);

  for (const pseudo of [pseudoStop, pseudoStale, pseudoNext, pseudoCompiled, pseudoResume]) {
    const code = new Code();
    pseudo(code);
    module.addToTable(module.addFunction(RECORD_TO_OUTCOME, { i64: 1, i32: 0 }, code));
  }
  for (const form of forms) {
    const code = new Code();
    const pool: LocalPool = { first: FIRST_COLD_TEMPORARY, used: 0 };
    form.lift(new ColdBuilder(form, code, pool, helpers), form);
    code.const(Outcome.next);
    module.addToTable(module.addFunction(RECORD_TO_OUTCOME, { i64: 1, i32: pool.used }, code));
  }
  for (const index of x87Functions) module.addToTable(index);
  module.exportTable('forms');
  module.export(
    'run',
    addRun(
      module,
      forms.filter(form => form.hot),
      helpers.x87,
    ),
  );
  module.custom(FORM_TABLE, new Uint8Array(variants.buffer));
  module.custom(ENDS_BLOCK, endsBlock);
  return module.bytes();
}

// ---- pseudo forms: neither executes an instruction

function storeEipOfRecord(code: Code): void {
  code.const(0).const(0).load(4, fieldAddress('pcBase')).get(RECORD).load(2, Field.offset).op(Op.i32_add);
  code.store(4, fieldAddress('eip'));
}

/** Undoes the one instruction that the leaving of a block counts. */
function uncount(code: Code): void {
  code.const(0).const(0).load(4, fieldAddress('budget')).const(1).op(Op.i32_add).store(4, fieldAddress('budget'));
}

function pseudoStop(code: Code): void {
  storeEipOfRecord(code);
  uncount(code);
  code.const(Outcome.event);
}

const pseudoStale = pseudoStop;

/** Never called: `run` takes it as a jump. */
function pseudoNext(code: Code): void {
  code.op(Op.unreachable);
}

function pseudoCompiled(code: Code): void {
  storeEipOfRecord(code);
  uncount(code);
  code.const(Outcome.enter);
}

function pseudoResume(code: Code): void {
  uncount(code);
  code.const(Outcome.jump);
}

// ---- helper functions

function addWriteSlow(module: Module, imports: Record<keyof Imports, number>): number {
  const [linear, size, access, entry, place, lines] = [0, 1, 2, 3, 4, 5];
  const code = new Code();
  code.block();
  const ask = 1;
  // Only a page whose one peculiarity is code, and an access within it.
  code
    .get(entry!)
    .const(0xfff)
    .op(Op.i32_and)
    .const(Tlb.valid | Tlb.code)
    .op(Op.i32_ne)
    .brIf(ask);
  code.get(linear!).const(0xfff).op(Op.i32_and).get(size!).op(Op.i32_add).const(0x1000).op(Op.i32_gt_u).brIf(ask);
  code.get(linear!).get(entry!).op(Op.i32_add).const(Tlb.code).op(Op.i32_sub).set(place!);
  // The bitmap bits of the first and last line; place - 1001h is the physical address.
  code.get(place!).const(0x1001).op(Op.i32_sub).set(lines!);
  const bit = (displacement: (c: Code) => void) => {
    code.get(lines!);
    displacement(code);
    code.const(9).op(Op.i32_shr_u).load(1, CODE_BITMAP);
    code.get(lines!);
    displacement(code);
    code.const(6).op(Op.i32_shr_u).const(7).op(Op.i32_and).op(Op.i32_shr_u);
  };
  bit(() => {});
  bit(c => c.get(size!).op(Op.i32_add).const(1).op(Op.i32_sub));
  code.op(Op.i32_or).const(1).op(Op.i32_and).brIf(ask);
  code.get(place!).op(Op.return);
  code.end();
  code.get(linear!).get(size!).get(access!).call(imports.slow);
  return module.addFunction({ params: [I32, I32, I32, I32], results: [I32] }, { i64: 0, i32: 2 }, code);
}

function addOutside(module: Module): number {
  const [cache, offset, size, write, last] = [0, 1, 2, 3, 4];
  const code = new Code();
  // The write bounds lie 8 bytes after the read bounds.
  code.get(cache!).get(write!).const(3).op(Op.i32_shl).op(Op.i32_add).set(cache!);
  code.get(offset!).get(size!).op(Op.i32_add).const(1).op(Op.i32_sub).set(last!);
  code.get(offset!).get(cache!).load(4, SegmentCache.readLow).op(Op.i32_lt_u);
  code.get(last!).get(cache!).load(4, SegmentCache.readHigh).op(Op.i32_gt_u).op(Op.i32_or);
  // Past the top of a 4 GiB segment an access wraps (SDM vol. 3, 5.3 leaves it open), as it does where flat segments are not checked.
  code.get(last!).get(offset!).op(Op.i32_lt_u);
  code
    .get(cache!)
    .load(4, SegmentCache.readLow)
    .get(cache!)
    .load(4, SegmentCache.readHigh)
    .const(-1)
    .op(Op.i32_xor)
    .op(Op.i32_or);
  code.const(0).op(Op.i32_ne).op(Op.i32_and).op(Op.i32_or);
  return module.addFunction({ params: [I32, I32, I32, I32], results: [I32] }, { i64: 0, i32: 1 }, code);
}

// ---- run

function addRun(module: Module, hot: readonly ExecutableForm[], x87: X87Table | undefined): number {
  const code = new Code();
  const pool: LocalPool = { first: FIRST_HOT_TEMPORARY, used: 0 };
  const tableType = module.typeIndex(RECORD_TO_OUTCOME);
  const state = (name: FieldName) => code.const(0).load(4, fieldAddress(name));

  state('budget').set(BUDGET);
  state('tlbRead').set(TLB_READ);
  state('tlbWrite').set(TLB_WRITE);
  const dispatch = code.loop();
  const lookup = code.block();
  const taken = code.block();
  const slow = code.block();
  const labels: Label[] = hot.map(() => code.block()).reverse();
  if (hot[0]!.id !== FIRST_FORM) throw new Error('hot forms do not come first');
  code.get(RECORD).load(2, Field.form);
  // All pseudo forms but the end of a block, which is a jump, and the cold forms go the slow way; hot forms follow without gaps.
  code.brTable([slow, slow, taken, slow, slow, ...labels], slow);
  for (const form of hot) {
    code.end();
    form.lift(new HotBuilder(form, code, pool, { lookup, taken, slow }, x87), form);
    code.get(RECORD).const(RECORD_SIZE).op(Op.i32_add).set(RECORD).br(dispatch);
  }
  code.end();

  // slow: the form's cold function does it.
  code.const(0).get(BUDGET).store(4, fieldAddress('budget'));
  code.const(0).get(RECORD).store(4, fieldAddress('exitRecord'));
  code.get(RECORD).get(RECORD).load(2, Field.form).callIndirect(tableType).set(TARGET);
  state('budget').set(BUDGET);
  code.get(TARGET).op(Op.i32_eqz).if();
  code.get(RECORD).const(RECORD_SIZE).op(Op.i32_add).set(RECORD).br(dispatch);
  code.end();
  leaveBlock(code);
  code.get(TARGET).const(Outcome.jump).op(Op.i32_ne).if();
  code.const(0).get(BUDGET).store(4, fieldAddress('budget'));
  code.get(TARGET).const(Outcome.fault).op(Op.i32_eq).if();
  storeEipOfRecord(code);
  code.end();
  code.get(TARGET).op(Op.return);
  code.end();
  // A service may have changed CPL and with it the TLBs in use.
  state('tlbRead').set(TLB_READ);
  state('tlbWrite').set(TLB_WRITE);
  state('eip').set(TARGET);
  code.br(lookup);

  // taken: a direct jump. The link is a record, 0 when not yet known, 1 when the target lies on another page.
  code.end();
  leaveBlock(code);
  code.get(RECORD).get(RECORD).load(4, Field.taken).const(1).op(Op.i32_add).tee(ENTRY).store(4, Field.taken);
  code.get(ENTRY).const(0).load(4, HOT_JUMP).op(Op.i32_eq).if();
  jumpTarget(code);
  leaveAtTarget(code, Outcome.hot);
  code.end();
  code.get(RECORD).load(4, Field.link).set(ENTRY);
  code.get(ENTRY).const(1).op(Op.i32_gt_u).if();
  code.get(ENTRY).set(RECORD);
  code.get(BUDGET).const(MAX_BLOCK).op(Op.i32_ge_s).brIf(dispatch);
  storeEipOfRecord(code);
  code.const(0).get(BUDGET).store(4, fieldAddress('budget'));
  code.const(Outcome.next).op(Op.return);
  code.end();
  jumpTarget(code);
  code.get(ENTRY).brIf(lookup);
  leaveAtTarget(code, Outcome.link);

  // lookup: TARGET is the EIP to go on at.
  code.end();
  code.const(0).get(TARGET).store(4, fieldAddress('eip'));
  code.const(0).get(BUDGET).store(4, fieldAddress('budget'));
  code.block();
  const miss = lookup; // the same depth: the block that has just ended
  code.get(BUDGET).const(MAX_BLOCK).op(Op.i32_lt_s).brIf(miss);
  code.get(TARGET);
  state('fetchLimit').op(Op.i32_gt_u).brIf(miss);
  const linear = FIRST_HOT_TEMPORARY;
  code.get(TARGET);
  state('csBase').op(Op.i32_add).set(linear);
  // Entries are chosen by the low bits with page bits mixed in, so that like offsets on different pages spread.
  code.get(linear).get(linear).const(12).op(Op.i32_shr_u).op(Op.i32_xor);
  code
    .const(JUMP_CACHE_ENTRIES - 1)
    .op(Op.i32_and)
    .const(4)
    .op(Op.i32_shl)
    .set(ENTRY);
  code.get(ENTRY).load(4, JUMP_CACHE).get(linear).op(Op.i32_ne).brIf(miss);
  // Most entries are good while the TLB has the same word for their page, some for one generation of address translation.
  code.get(ENTRY).load(4, JUMP_CACHE + 4);
  state('codeKey').op(Op.i32_eq).if();
  code.get(TLB_READ).get(linear).const(10).op(Op.i32_shr_u).const(0x3ffffc).op(Op.i32_and).op(Op.i32_add).load(4, 0);
  code
    .get(ENTRY)
    .load(4, JUMP_CACHE + 12)
    .op(Op.i32_ne)
    .brIf(miss);
  code.else();
  code.get(ENTRY).load(4, JUMP_CACHE + 4);
  state('key').op(Op.i32_ne).brIf(miss);
  code.end();
  code.const(0).get(TARGET).get(linear).const(0xfff).op(Op.i32_and).op(Op.i32_sub).store(4, fieldAddress('pcBase'));
  code
    .get(ENTRY)
    .load(4, JUMP_CACHE + 8)
    .set(RECORD);
  code.br(dispatch);
  code.end();
  code.const(Outcome.next).op(Op.return);
  code.end();
  code.op(Op.unreachable);
  return module.addFunction(RECORD_TO_OUTCOME, { i64: 1, i32: FIRST_HOT_TEMPORARY - 2 + Math.max(1, pool.used) }, code);
}

/** TARGET: where the direct jump in RECORD goes. */
function jumpTarget(code: Code): void {
  code.const(0).load(4, fieldAddress('pcBase')).get(RECORD).load(2, Field.next).op(Op.i32_add);
  code.get(RECORD).load(4, Field.imm).op(Op.i32_add).set(TARGET);
}

/** Leaves `run` at TARGET because of the jump in RECORD. */
function leaveAtTarget(code: Code, outcome: number): void {
  code.const(0).get(RECORD).store(4, fieldAddress('exitRecord'));
  code.const(0).get(TARGET).store(4, fieldAddress('eip'));
  code.const(0).get(BUDGET).store(4, fieldAddress('budget'));
  code.const(outcome).op(Op.return);
}

/** Takes the block's instructions up to this one off the budget. */
function leaveBlock(code: Code): void {
  code.get(BUDGET).get(RECORD).load(1, Field.index).op(Op.i32_sub).const(1).op(Op.i32_sub).set(BUDGET);
}

interface HotLabels {
  readonly lookup: Label;
  readonly taken: Label;
  readonly slow: Label;
}

class HotBuilder extends EscapeBuilder {
  private readonly labels: HotLabels;
  private readonly x87: X87Table | undefined;

  constructor(form: ExecutableForm, code: Code, pool: LocalPool, labels: HotLabels, x87: X87Table | undefined) {
    super(form, code, pool);
    this.labels = labels;
    this.x87 = x87;
  }

  protected tlb(write: boolean): Node {
    return { kind: 'local', index: write ? TLB_WRITE : TLB_READ };
  }

  protected resolve(linear: Node, entry: LocalNode, size: number): Node {
    const place = this.variable(this.add(linear, entry));
    this.emit(this.isSlow(linear, entry, size));
    this.code.brIf(this.labels.slow);
    return place;
  }

  protected stored(): void {}

  protected checkSegment(): void {
    this.code.br(this.labels.slow);
  }

  checkTarget(): void {}

  jump(eip: Node): void {
    this.emit(eip);
    this.code.set(TARGET);
    leaveBlock(this.code);
    this.code.br(this.labels.lookup);
  }

  jumpRelative(): void {
    this.code.br(this.labels.taken);
  }

  raise(): void {
    this.code.br(this.labels.slow);
  }

  /** What x87 instructions mostly do is for here; no other service is. */
  service(name: ServiceName, ...operands: Node[]): void {
    const refuse = (when: Node): void => {
      this.emit(when);
      this.code.brIf(this.labels.slow);
    };
    if (this.x87 && isX87Service(name)) this.tryX87(this.x87, name, operands, refuse);
    else this.code.br(this.labels.slow);
  }

  protected outsideSegment(): Node {
    throw new Error('segmented forms are not hot');
  }

  repeat(): void {
    throw new Error('string instructions are not hot');
  }
}

class ColdBuilder extends EscapeBuilder {
  private readonly helpers: Helpers;

  constructor(form: ExecutableForm, code: Code, pool: LocalPool, helpers: Helpers) {
    super(form, code, pool);
    this.helpers = helpers;
  }

  protected tlb(write: boolean): Node {
    return this.loadState(fieldAddress(write ? 'tlbWrite' : 'tlbRead'));
  }

  protected resolve(linear: Node, entry: LocalNode, size: number, access: Access): Node {
    const { code } = this;
    const place = this.variable(this.add(linear, entry)) as LocalNode;
    this.emit(this.isSlow(linear, entry, size));
    code.if();
    this.emit(linear);
    code.const(size).const(AccessKind[access]);
    if (access === 'write' || access === 'modify') {
      // place is linear + entry.
      this.emit(this.sub(place, linear));
      code.call(this.helpers.writeSlow);
    } else {
      code.call(this.helpers.imports.slow);
    }
    code.set(place.index);
    this.if(this.eqz(place), () => this.leave(this.k(Outcome.fault)));
    code.end();
    return place;
  }

  private leave(outcome: Node): void {
    this.emit(outcome);
    this.code.op(Op.return);
  }

  protected stored(place: Node): void {
    this.if(this.eq(place, this.k(SCRATCH_PLACE)), () => this.code.call(this.helpers.imports.commit));
  }

  protected checkSegment(segment: Node, offset: Node, size: number, write: boolean): void {
    const { code } = this;
    this.emit(segment);
    this.emit(offset);
    code
      .const(size)
      .const(write ? 1 : 0)
      .call(this.helpers.outside);
    code.if();
    this.emit(segment);
    code.call(this.helpers.imports.segmentFault).const(Outcome.fault).op(Op.return);
    code.end();
  }

  private setEip(eip: Node): void {
    this.storeState(fieldAddress('eip'), eip);
  }

  /** With a 16-bit operand the target wraps at 64 KiB, in any code segment. */
  private relativeTarget(): Node {
    const target = this.add(this.nextEip(), this.field(Field.imm, 4));
    return this.form.size === 2 ? this.and(target, this.k(0xffff)) : target;
  }

  checkTarget(target: Node | Operand): void {
    if (this.form.addressing === 'flat') return;
    const eip = this.let(target.kind === 'relative' ? this.relativeTarget() : (target as Node));
    const limit = this.loadState(segmentAddress('cs') + SegmentCache.limit);
    this.if(this.ltu(limit, eip), () => this.raise('GP', 0));
  }

  jump(eip: Node): void {
    this.setEip(eip);
    this.code.const(Outcome.jump).op(Op.return);
  }

  /** Counts as the hot function does: 16-bit jumps, and those of code with limits, are taken here. */
  jumpRelative(): void {
    this.setEip(this.relativeTarget());
    const taken = this.let(this.add(this.field(Field.taken, 4), this.k(1)));
    this.code.get(RECORD);
    this.emit(taken);
    this.code.store(4, Field.taken);
    this.if(this.eq(taken, this.loadState(HOT_JUMP)), () => this.leave(this.k(Outcome.hot)));
    this.code.const(Outcome.jump).op(Op.return);
  }

  raise(exception: Exception, errorCode = 0): void {
    this.code.const(Vector[exception]).const(errorCode).call(this.helpers.imports.raise);
    this.code.const(Outcome.fault).op(Op.return);
  }

  service(name: ServiceName, ...operands: Node[]): void {
    const values = operands.map(node => this.let(node));
    const { code } = this;
    const { x87 } = this.helpers;
    if (x87 && isX87Service(name)) {
      const refused = code.block();
      this.tryX87(x87, name, values, when => {
        this.emit(when);
        code.brIf(refused);
      });
      code.const(Outcome.next).op(Op.return);
      code.end();
    }
    if (Services[name].ends) this.setEip(this.nextEip());
    if (this.repeats(name, values)) return;
    this.callService(name, values);
  }

  /** The services that a repeated transfer may do without. False: it is none of them. */
  private repeats(name: ServiceName, values: readonly Node[]): boolean {
    const { code } = this;
    const { repeated } = this.helpers;
    switch (name) {
      case 'loadSegment':
      case 'popSegment': {
        const [cache, selector, size] = values as [Node, Node, Node];
        this.emit(cache);
        this.emit(selector);
        code.call(repeated.load).op(Op.i32_eqz).if();
        this.callService(name, values);
        code.end();
        if (name === 'popSegment') {
          const mask = this.loadState(fieldAddress('stackMask'));
          const esp = this.register('esp');
          const high = this.and(esp, this.xor(mask, this.k(-1)));
          this.setRegister('esp', this.or(high, this.and(this.add(esp, size), mask)));
        }
        return true;
      }
      case 'interrupt':
        this.emit(values[0]!);
        code.const(SOFTWARE).const(0).const(0).const(0).call(repeated.deliver);
        break;
      case 'interruptReturn':
        if (this.form.size !== 4) return false;
        code.get(RECORD).call(repeated.return);
        break;
      default:
        return false;
    }
    const outcome = this.temporary();
    code.set(outcome.index);
    this.if(outcome, () => this.leave(outcome));
    this.callService(name, values);
    return true;
  }

  private callService(name: ServiceName, values: readonly Node[]): void {
    const { code } = this;
    code.const(ServiceNames.indexOf(name)).get(RECORD);
    for (let i = 0; i < 3; i++) this.emit(values[i] ?? this.k(0));
    code.call(this.helpers.imports.service);
    if (Services[name].ends) {
      code.op(Op.return);
    } else {
      const outcome = this.temporary();
      code.set(outcome.index);
      this.if(outcome, () => this.leave(outcome));
    }
  }

  protected outsideSegment(cache: Node, offset: Node, size: Node, write: Node): Node {
    for (const node of [cache, offset, size, write]) this.emit(node);
    const outside = this.temporary();
    this.code.call(this.helpers.outside).set(outside.index);
    return outside;
  }

  repeat(once: () => void, until?: () => Node): void {
    const { code } = this;
    const mask = this.let(this.addressMask());
    const keep = this.let(this.xor(mask, this.k(-1)));
    const count = this.variable(this.and(this.register('ecx'), mask)) as Node & { kind: 'local' };
    const done = code.block();
    this.emit(this.eqz(count));
    code.brIf(done);
    const again = code.loop();
    if (this.form.mnemonic in Bulk) {
      this.if(this.ltu(this.k(BULK_LEAST), count), () => {
        const what = Bulk[this.form.mnemonic as keyof typeof Bulk] | (this.form.size << 4);
        code.get(RECORD).const(what).call(this.helpers.imports.bulk);
        this.assign(count, this.and(this.register('ecx'), mask));
      });
    }
    once();
    this.assign(count, this.sub(count, this.k(1)));
    this.setRegister('ecx', this.or(this.and(this.register('ecx'), keep), count));
    if (until) {
      this.emit(until());
      code.brIf(done);
    }
    this.emit(this.eqz(count));
    code.brIf(done);
    // Another iteration is one more instruction; without budget for it the instruction is left half done, to be entered again.
    const budget = this.let(this.sub(this.loadState(fieldAddress('budget')), this.k(1)));
    const left = this.sub(budget, this.field(Field.index, 1));
    // An iteration that wrote over the instruction itself is its last: what stands there now goes on.
    const intact = this.ne(this.field(Field.form, 2), this.k(Pseudo.stale));
    this.if(this.and(this.lts(this.k(MAX_BLOCK), left), intact), () => {
      this.storeState(fieldAddress('budget'), budget);
      code.br(again);
    });
    this.jump(this.sub(this.nextEip(), this.sub(this.field(Field.next, 2), this.field(Field.offset, 2))));
    code.end();
    code.end();
    this.jump(this.nextEip());
  }
}
