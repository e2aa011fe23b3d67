/**
 * The observe reading: runs a definition over abstract values and notes what it touches, in order. From that come generated
 * documentation, facts nobody types by hand, and the check that no instruction writes architectural state before the last thing in it
 * that can fault (a faulting instruction must leave everything as it found it, so that it can run again).
 */
import type { Builder, Exception, Form, Lifter, Operand, ServiceName, Size, StateWord } from '../isa/builder.ts';
import { Services } from '../isa/builder.ts';
import type { Condition, FlagKind, FlagWords } from '../isa/flags.ts';
import { conditionOf, wordsOf } from '../isa/flags.ts';
import type { RegisterName, SegmentName } from '../isa/registers.ts';

export type Effect =
  | { readonly kind: 'read-register' | 'write-register'; readonly register: RegisterName | 'rm' | 'reg' }
  | { readonly kind: 'read-flags' }
  /** The six arithmetic flags are new, in any case; or all but CF are; or some, or not always. */
  | { readonly kind: 'write-flags'; readonly which: 'all' | 'all but CF' | 'some' }
  | { readonly kind: 'read-state' | 'write-state'; readonly word: StateWord }
  | { readonly kind: 'load' | 'store' | 'probe'; readonly segment: string; readonly mayFault: boolean }
  | { readonly kind: 'raise'; readonly exception: Exception }
  | { readonly kind: 'jump' }
  | { readonly kind: 'service'; readonly name: ServiceName }
  | { readonly kind: 'repeat' };

export interface Observation {
  readonly effects: readonly Effect[];
  /** The form behaves differently when the processor's segments are flat: it uses the stack, strings or jumps. */
  readonly usesMode: boolean;
  /** The instruction may go somewhere other than the next one by itself, or must not be followed by another in its block. */
  readonly endsBlock: boolean;
  /** Set when a write comes before something that may fault: names both. */
  readonly violation: string | undefined;
}

export function observe(form: Form, lift: Lifter): Observation {
  const observer = new Observer(form);
  lift(observer, form);
  return observer.result();
}

/** Abstract values carry nothing: only the calls count. */
type Nothing = null;

class Observer implements Builder<Nothing> {
  private readonly effects: Effect[] = [];
  private readonly probed = new Set<string>();
  private usesMode = false;
  private endsBlock = false;
  private written: string | undefined;
  private violation: string | undefined;
  /** Within an if(): how deep. */
  private arms = 0;
  readonly form: Form;

  constructor(form: Form) {
    this.form = form;
  }

  result(): Observation {
    const { effects, usesMode, endsBlock, violation } = this;
    return { effects, usesMode, endsBlock, violation };
  }

  private note(effect: Effect): Nothing {
    this.effects.push(effect);
    return null;
  }

  private wrote(what: string): void {
    this.written ??= what;
  }

  private mayFault(what: string): void {
    if (this.written) this.violation ??= `${this.written} before ${what}`;
  }

  private access(kind: 'load' | 'store' | 'probe', segment: string, write: boolean): Nothing {
    const checked = this.probed.has(segment) || (!write && this.probed.has(segment));
    if (!checked) this.mayFault(`${kind} ${segment}`);
    if (segment === 'ss') this.usesMode = true;
    if (kind === 'probe') this.probed.add(segment);
    this.note({ kind, segment, mayFault: !checked });
    if (kind === 'store') this.wrote(`store ${segment}`);
    return null;
  }

  private pure = (..._: unknown[]): Nothing => null;
  k = this.pure;
  add = this.pure;
  sub = this.pure;
  mul = this.pure;
  and = this.pure;
  or = this.pure;
  xor = this.pure;
  shl = this.pure;
  shr = this.pure;
  sar = this.pure;
  rotl = this.pure;
  eq = this.pure;
  ne = this.pure;
  ltu = this.pure;
  lts = this.pure;
  remu = this.pure;
  eqz = this.pure;
  clz = this.pure;
  ctz = this.pure;
  popcnt = this.pure;
  select = this.pure;
  zeroExtend = this.pure;
  signExtend = this.pure;
  let = this.pure;
  variable = this.pure;
  nextEip = this.pure;
  special = this.pure;
  registerNumber = this.pure;
  readSelector = this.pure;
  escapeCode = this.pure;
  segmentBase = this.pure;
  addressMask = this.pure;
  assign(): void {}

  multiply(): { low: Nothing; high: Nothing } {
    return { low: null, high: null };
  }

  divide(): { quotient: Nothing; remainder: Nothing } {
    this.raise('DE');
    return { quotient: null, remainder: null };
  }

  /** Alternatives are observed one after the other; what one writes does not precede the other's faults. */
  if(_condition: Nothing, then: () => void, otherwise?: () => void): void {
    const before = this.written;
    this.arms++;
    then();
    const after = this.written;
    this.written = before;
    otherwise?.();
    this.arms--;
    this.written ??= after;
    const last = this.effects.at(-1);
    // An arm that raises or jumps does not come back.
    if (!otherwise && (last?.kind === 'raise' || last?.kind === 'jump')) this.written = before;
  }

  register(register: RegisterName): Nothing {
    return this.note({ kind: 'read-register', register });
  }

  setRegister(register: RegisterName): void {
    this.note({ kind: 'write-register', register });
    this.wrote(`write of ${register}`);
  }

  state(word: StateWord): Nothing {
    if (word === 'stackMask') this.usesMode = true;
    return this.note({ kind: 'read-state', word });
  }

  setState(word: 'eflags'): void {
    this.note({ kind: 'write-state', word });
    this.wrote(`write of ${word}`);
  }

  flags(kind: FlagKind, size: Size): void {
    wordsOf<Nothing>(this, kind, size, null, null, null, () => null);
    this.writeFlags(kind === 'inc' || kind === 'dec' ? 'all but CF' : 'all');
  }

  flagWords(): FlagWords<Nothing> {
    this.note({ kind: 'read-flags' });
    return { zero: null, sign: null, carry: null };
  }

  setFlagWords(words: Partial<FlagWords<Nothing>>): void {
    this.writeFlags(Object.keys(words).length === 3 ? 'all' : 'some');
  }

  private writeFlags(which: 'all' | 'all but CF' | 'some'): void {
    this.note({ kind: 'write-flags', which: this.arms === 0 ? which : 'some' });
    this.wrote('write of flags');
  }

  condition(condition: Condition): Nothing {
    return conditionOf<Nothing>(this, condition, this.flagWords());
  }

  read(operand: Operand): Nothing {
    switch (operand.kind) {
      case 'register':
        return this.note({ kind: 'read-register', register: operand.field });
      case 'memory':
        return this.access('load', 'operand', false);
      case 'source':
      case 'destination':
        this.usesMode = true;
        return this.access('load', operand.kind, false);
      default:
        return null;
    }
  }

  readForWrite(operand: Operand): Nothing {
    if (operand.kind === 'register') return this.read(operand);
    this.access('probe', operand.kind === 'memory' ? 'operand' : operand.kind, true);
    return this.read(operand);
  }

  write(operand: Operand): void {
    if (operand.kind === 'register') {
      this.note({ kind: 'write-register', register: operand.field });
      this.wrote(`write of ${operand.field}`);
    } else {
      this.usesMode ||= operand.kind === 'destination';
      this.access('store', operand.kind === 'memory' ? 'operand' : operand.kind, true);
    }
  }

  offset(): Nothing {
    return null;
  }

  private nameOf(segment: SegmentName | Operand): string {
    return typeof segment === 'string' ? segment : segment.kind === 'memory' ? 'operand' : segment.kind;
  }

  load(segment: SegmentName | Operand): Nothing {
    return this.access('load', this.nameOf(segment), false);
  }

  loadForWrite(segment: SegmentName | Operand): Nothing {
    this.access('probe', this.nameOf(segment), true);
    return this.load(segment);
  }

  store(segment: SegmentName | Operand): void {
    this.access('store', this.nameOf(segment), true);
  }

  probe(segment: SegmentName | Operand): void {
    // Probes of several places in a row are one check.
    this.probed.delete(this.nameOf(segment));
    this.access('probe', this.nameOf(segment), true);
  }

  checkTarget(): void {
    if (this.form.addressing === 'segmented') this.mayFault('check of the jump target');
  }

  jump(): void {
    this.usesMode = true;
    this.endsBlock ||= true;
    this.note({ kind: 'jump' });
  }

  jumpRelative(): void {
    this.usesMode = true;
    this.note({ kind: 'jump' });
    this.endsBlock = true;
  }

  raise(exception: Exception): void {
    this.mayFault(`#${exception}`);
    this.note({ kind: 'raise', exception });
  }

  service(name: ServiceName): void {
    // A service checks before it writes; what the lifter wrote before it would stay.
    if (!('infallible' in Services[name])) this.mayFault(`service ${name}`);
    this.note({ kind: 'service', name });
    this.endsBlock ||= Services[name].ends;
    if (name === 'stringIn' || name === 'stringOut' || name === 'popSegment') this.usesMode = true;
  }

  repeat(once: () => void, until?: () => Nothing): void {
    this.usesMode = true;
    this.endsBlock = true;
    this.note({ kind: 'repeat' });
    const before = this.written;
    once();
    until?.();
    this.written = before ?? 'an iteration';
  }
}
