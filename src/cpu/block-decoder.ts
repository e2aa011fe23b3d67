/**
 * From EIP to records: finds the block that begins there among what has been decoded, or decodes it, and enters it in the jump cache. A block ends with its page,
 * with a form that ends it, or with MAX_BLOCK instructions; an instruction that lies on two pages makes a block by itself.
 */
import type { Binding } from '../isa/operands.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { CodeCache, Retired } from './code-cache.ts';
import type { Cpu } from './cpu.ts';
import { DECODE_MODES, decodeMode, Mode } from './decode-mode.ts';
import { type Decoded, decode } from './decoder.ts';
import type { FormSelector } from './forms.ts';
import { Pseudo } from './forms.ts';
import { InstructionShapes } from './instruction-shapes.ts';
import { Field, MAX_BLOCK, RECORD_SIZE, writeFallThrough, writeRecord } from './record.ts';
import { getCache, Segment } from './segments.ts';
import type { State } from './state.ts';
import { DIRECT, type Translation } from './translation.ts';

export class BlockDecoder {
  private readonly cpu: Cpu;
  private readonly state: State;
  private readonly view: DataView;
  private readonly code: CodeCache;
  private readonly translation: Translation;
  private readonly breakpoints: Breakpoints;
  private readonly forms: FormSelector;
  private readonly absent: Cpu['model']['absent'];
  private readonly shapes: InstructionShapes;
  /** Bytes of a page of plain RAM, for decode(). */
  private plainFrom = 0;
  private plainEnd = 0;
  private readonly fetchPlain: (index: number) => number;

  constructor(cpu: Cpu, forms: FormSelector) {
    this.cpu = cpu;
    this.state = cpu.state;
    this.view = cpu.view;
    this.code = cpu.code;
    this.translation = cpu.translation;
    this.breakpoints = cpu.breakpoints;
    this.forms = forms;
    this.absent = cpu.model.absent;
    const { bytes } = cpu.physical;
    this.shapes = new InstructionShapes(cpu.code, bytes, DECODE_MODES);
    this.fetchPlain = index => {
      const at = this.plainFrom + index;
      return at < this.plainEnd ? bytes[at]! : -1;
    };
  }

  /** The record to run at EIP: 0 when EIP must be stepped or cannot be fetched. */
  lookup(): number {
    const { state, code, translation } = this;
    const { observation } = this.cpu;
    const { eip } = state;
    if (eip >>> 0 > state.fetchLimit >>> 0) return 0;
    const linear = (state.csBase + eip) | 0;
    const cached = code.jumpAt(linear, state.key);
    if (cached !== 0 && this.view.getUint16(cached + Field.form, true) !== Pseudo.stale) return cached;
    const word = translation.translateFetch(linear);
    if (word === 0 || word === DIRECT) return 0;
    const page = translation.physicalOf(word, linear) >>> 12;
    if (observation.any) observation.prepare(linear >>> 12, page);
    const found = code.find(page, linear & 0xfff, this.mode);
    const record = found !== 0 ? found : this.decodeBlock(eip, linear, page);
    if (record === 0 || observation.has(linear)) return record;
    // A block on two pages depends on both; and the TLB for reading knows nothing of no-execute.
    const key = translation.noExecute || code.crossing.has(record) ? state.key : state.codeKey;
    code.cacheJump(linear, key, record, word);
    return record;
  }

  /** See EngineHost: looks at the TLB alone, so that nothing a guest could notice happens. */
  blockAt(eip: number): number {
    const { state, code, translation, breakpoints } = this;
    const linear = (state.csBase + eip) | 0;
    // Compiled code checks its pages by the TLB for reads, which knows nothing of fetching.
    if (translation.noExecute || breakpoints.watching || breakpoints.onExecutePage(linear >>> 12)) return 0;
    const word = translation.known(linear, false, state.cpl === 3);
    if (word === 0) return 0;
    const page = translation.physicalOf(word, linear) >>> 12;
    const { observation } = this.cpu;
    if (observation.any && !observation.isReady(linear >>> 12, page)) return 0;
    const found = code.find(page, linear & 0xfff, this.mode);
    if (found !== 0) return code.apart.has(found) ? 0 : found;
    const cached = code.jumpAt(linear, state.key);
    return code.crossing.has(cached) && this.view.getUint16(cached + Field.form, true) !== Pseudo.stale ? cached : 0;
  }

  /** Fetches and decodes the instruction at EIP, checking the limit of CS byte by byte; undefined after raising. */
  decodeAt(eip: number): Decoded | undefined {
    const { cpu, translation } = this;
    const cs = getCache(cpu.words, Segment.cs);
    const fetch = (index: number): number => {
      const at = (eip + index) >>> 0;
      if (at > cs.limit) {
        cpu.raise(13, 0);
        return -1;
      }
      const linear = (cs.base + at) | 0;
      const word = translation.translateFetch(linear);
      return word === 0 ? -1 : cpu.physical.read(translation.physicalOf(word, linear), 1);
    };
    const decoded = decode(fetch, (this.mode & Mode.big) !== 0, this.absent);
    if (typeof decoded !== 'string') return decoded;
    if (decoded === 'undefined') cpu.raise(6);
    if (decoded === 'too-long') cpu.raise(13, 0);
    return undefined;
  }

  /** Writes the record of an instruction at `at`, in the form that executes it in the present mode; how its operands were bound. */
  write(decoded: Decoded, at: number, index: number, offset: number): Binding {
    const { id, binding } = this.forms.select(decoded, (this.mode & Mode.flat) !== 0);
    writeRecord(this.code, at, decoded, id, binding, index, offset);
    return binding;
  }

  private get mode(): number {
    return decodeMode(this.state.codeKey);
  }

  private decodeBlock(eip: number, linear: number, page: number): number {
    const { code } = this;
    const start = linear & 0xfff;
    const base = page * 0x1000;
    const retired = code.takeRetired(page, start, this.mode);
    if (retired) {
      if (this.mend(retired)) {
        code.restore(retired);
        return retired.record;
      }
      code.makeStale(retired);
    }
    const first = code.reserve();
    let offset = start;
    let count = 0;
    let at = first;
    let ended = false;
    while (count < MAX_BLOCK - 1 && !ended) {
      if (count > 0 && code.isSeparate(page, offset)) break;
      const length = this.decodePlain(base + offset, base + 0x1000, at, count);
      if (length === 0) break;
      offset += length;
      ended = this.endsBlock(at);
      at += RECORD_SIZE;
      count++;
    }
    if (count === 0) return this.decodeCrossing(eip, linear, page, first);
    // Also after a form that ends the block: it may do so on a condition.
    writeFallThrough(this.view, at, count, offset);
    const fresh = code.add(first, count + 1, base + start, base + offset, this.mode);
    if (fresh) this.translation.guardCode(page);
    return first;
  }

  /** Decodes those instructions of a block whose bytes have changed; false when it is another block now. */
  private mend({ record, count, start, end, copy: { bytes } }: Retired): boolean {
    const { code } = this;
    const { bytes: memory } = this.cpu.physical;
    const base = start & ~0xfff;
    // The last record is where the block has fallen through.
    for (let i = 0; i < count - 1; i++) {
      const at = record + i * RECORD_SIZE;
      const from = base + code.halves[(at + Field.offset) >> 1]!;
      const to = base + code.halves[(at + Field.next) >> 1]!;
      let same = from;
      while (same < to && memory[same] === bytes[same - start]) same++;
      if (same === to) continue;
      if (this.decodePlain(from, end, at, i) !== to - from) return false;
      if (i < count - 2 && this.endsBlock(at)) return false;
    }
    return true;
  }

  /** Writes the record, at `at`, of the instruction in physical bytes [from, end), of one page of plain RAM. Its length; 0 where there is none, or it goes on beyond. */
  private decodePlain(from: number, end: number, at: number, index: number): number {
    const { shapes, mode } = this;
    const offset = from & 0xfff;
    const known = shapes.recall(mode, from, end, at, index, offset);
    if (known !== 0) return known;
    this.plainFrom = from;
    this.plainEnd = end;
    const decoded = decode(this.fetchPlain, (mode & Mode.big) !== 0, this.absent);
    if (typeof decoded === 'string') return 0;
    shapes.learn(mode, from, at, decoded, this.write(decoded, at, index, offset).masks);
    return decoded.length;
  }

  private endsBlock(record: number): boolean {
    return this.forms.endsBlock(this.code.halves[(record + Field.form) >> 1]!);
  }

  private decodeCrossing(eip: number, linear: number, page: number, at: number): number {
    const { code, translation } = this;
    const decoded = this.decodeAt(eip);
    if (!decoded) return 0;
    const start = linear & 0xfff;
    const spill = start + decoded.length - 0x1000;
    if (spill <= 0) return 0;
    const nextLinear = (linear & ~0xfff) + 0x1000;
    const word = translation.translateFetch(nextLinear);
    if (word === 0 || word === DIRECT) return 0;
    const second = translation.physicalOf(word, nextLinear);
    const known = code.findCrossing(page, start, this.mode, second);
    if (known !== 0) return known;
    this.write(decoded, at, 0, start);
    writeFallThrough(this.view, at + RECORD_SIZE, 1, start + decoded.length);
    code.add(at, 2, page * 0x1000 + start, (page + 1) * 0x1000, this.mode, { at: second, bytes: spill });
    translation.guardCode(page);
    translation.guardCode(second >>> 12);
    return at;
  }
}
