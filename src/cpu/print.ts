/**
 * The print reading: one decoded instruction as plain JavaScript, with the registers it names. It is what a debugger shows of an
 * instruction's meaning, and, run by oracle.ts, an independent witness against the WebAssembly reading: numbers are host numbers, every access is
 * checked against its segment, no form is specialised.
 *
 * The text is the body of `function (m)`, `m` an OracleMachine. It returns an Outcome. Values are signed 32-bit integers.
 */
import {
  type Builder,
  type Exception,
  type Form,
  type Operand,
  type ServiceName,
  ServiceNames,
  Services,
  type Size,
  type StateWord,
} from '../isa/builder.ts';
import { type Condition, conditionOf, type FlagKind, type FlagWords, flagWordsBy, wordsOf } from '../isa/flags.ts';
import {
  General8,
  General16,
  General32,
  placeOf,
  type RegisterName,
  type SegmentName,
  Segments,
} from '../isa/registers.ts';
import type { ExecutableForm } from './form-enumeration.ts';
import { Outcome } from './outcome.ts';
import { Field } from './record.ts';
import { registerAddress, segmentAt } from './state.ts';

/** JavaScript of what `form` does with the operands of the record at byte `at` of `view`. */
export function printStep(form: ExecutableForm, view: DataView, at: number): string {
  const printer = new PrintBuilder(form, view, at);
  form.lift<string>(printer, form);
  return printer.text();
}

const SIZE_NAMES = { 1: General8, 2: General16, 4: General32 } as const;

class PrintBuilder implements Builder<string> {
  readonly form: Form;
  private readonly view: DataView;
  private readonly record: number;
  private readonly lines: string[] = [];
  private indent = '';
  private names = 0;
  private pendingPlace: string | undefined;

  constructor(form: Form, view: DataView, record: number) {
    this.form = form;
    this.view = view;
    this.record = record;
  }

  text(): string {
    return [...this.lines, `return ${Outcome.next};`].join('\n');
  }

  private line(text: string): void {
    this.lines.push(this.indent + text);
  }

  private nested(body: () => void): void {
    const outer = this.indent;
    this.indent += '  ';
    body();
    this.indent = outer;
  }

  private half(field: number): number {
    return this.view.getUint16(this.record + field, true);
  }

  private word(field: number): number {
    return this.view.getInt32(this.record + field, true);
  }

  // Values

  private fresh(prefix: string): string {
    return `${prefix}${++this.names}`;
  }

  let(a: string): string {
    if (/^(-?\d+|[vt]\d+)$/.test(a)) return a;
    const name = this.fresh('v');
    this.line(`const ${name} = ${a};`);
    return name;
  }

  variable(initial: string): string {
    const name = this.fresh('x');
    this.line(`let ${name} = ${initial};`);
    return name;
  }

  assign(variable: string, value: string): void {
    this.line(`${variable} = ${value};`);
  }

  if(condition: string, then: () => void, otherwise?: () => void): void {
    this.line(`if (${condition}) {`);
    this.nested(then);
    if (otherwise) {
      this.line('} else {');
      this.nested(otherwise);
    }
    this.line('}');
  }

  k = (value: number): string => String(value | 0);
  add = (a: string, b: string): string => (b === '0' ? a : `(${a} + ${b} | 0)`);
  sub = (a: string, b: string): string => `(${a} - ${b} | 0)`;
  mul = (a: string, b: string): string => `Math.imul(${a}, ${b})`;
  and = (a: string, b: string): string => `(${a} & ${b})`;
  or = (a: string, b: string): string => `(${a} | ${b})`;
  xor = (a: string, b: string): string => `(${a} ^ ${b})`;
  shl = (a: string, b: string): string => `(${a} << ${b})`;
  shr = (a: string, b: string): string => `(${a} >>> ${b} | 0)`;
  sar = (a: string, b: string): string => `(${a} >> ${b})`;
  rotl = (a: string, b: string): string => `m.rotl(${a}, ${b})`;
  eq = (a: string, b: string): string => `+(${a} === ${b})`;
  ne = (a: string, b: string): string => `+(${a} !== ${b})`;
  ltu = (a: string, b: string): string => `+(${a} >>> 0 < ${b} >>> 0)`;
  lts = (a: string, b: string): string => `+(${a} < ${b})`;
  remu = (a: string, b: string): string => `((${a} >>> 0) % (${b} >>> 0) | 0)`;
  eqz = (a: string): string => `+(${a} === 0)`;
  clz = (a: string): string => `Math.clz32(${a})`;
  ctz = (a: string): string => `m.ctz(${a})`;
  popcnt = (a: string): string => `m.popcnt(${a})`;
  select = (condition: string, yes: string, no: string): string => `(${condition} ? ${yes} : ${no})`;
  zeroExtend = (a: string, size: Size): string => (size === 4 ? a : `(${a} & ${size === 1 ? 255 : 65535})`);
  signExtend = (a: string, size: Size): string => (size === 4 ? a : `(${a} << ${32 - 8 * size} >> ${32 - 8 * size})`);

  multiply(a: string, b: string, signed: boolean): { low: string; high: string } {
    return { low: this.mul(a, b), high: `m.multiplyHigh(${a}, ${b}, ${signed})` };
  }

  divide(
    low: string,
    high: string,
    divisor: string,
    size: Size,
    signed: boolean,
  ): { quotient: string; remainder: string } {
    const name = this.fresh('q');
    this.line(`const ${name} = m.divide(${low}, ${high}, ${divisor}, ${size}, ${signed});`);
    this.if(`${name} === undefined`, () => this.raise('DE'));
    return { quotient: `${name}.quotient`, remainder: `${name}.remainder` };
  }

  // Registers, state, flags

  register(name: RegisterName): string {
    return this.let(`m.${name}`);
  }

  setRegister(name: RegisterName, value: string): void {
    this.line(`m.${name} = ${value};`);
  }

  state(word: StateWord): string {
    return this.let(`m.state.${word}`);
  }

  setState(word: 'eflags', value: string): void {
    this.line(`m.state.${word} = ${value};`);
  }

  nextEip(): string {
    return `m.eipAt(${this.half(Field.next)})`;
  }

  flags(kind: FlagKind, size: Size, a: string, b: string, result: string): void {
    this.setFlagWords(
      wordsOf<string>(this, kind, size, this.let(a), this.let(b), result, () => this.flagWords().carry),
    );
  }

  flagWords(): FlagWords<string> {
    return flagWordsBy(name => this.let(`m.state.${name}`));
  }

  setFlagWords({ zero, sign, carry }: Partial<FlagWords<string>>): void {
    const values = { zero: zero && this.let(zero), sign: sign && this.let(sign), carry: carry && this.let(carry) };
    for (const [name, value] of Object.entries(values)) if (value) this.line(`m.state.${name} = ${value};`);
  }

  condition(condition: Condition): string {
    return conditionOf<string>(this, condition, this.flagWords());
  }

  // Operands

  private registerAt(field: number, size: Size): RegisterName {
    const address = this.half(field);
    const name = SIZE_NAMES[size].find(r => registerAddress(r) === address);
    if (!name) throw new Error(`no ${size}-byte register at 0x${address.toString(16)}`);
    return name;
  }

  read(operand: Operand): string {
    switch (operand.kind) {
      case 'register':
        return this.register(this.registerAt(operand.field === 'rm' ? Field.rm : Field.reg, operand.size));
      case 'fixed':
        return this.register(operand.register);
      case 'segment':
        return this.let(`m.selector(${segmentAt(this.half(Field.reg))})`);
      case 'immediate':
        return String(this.word(operand.field === 'imm' ? Field.imm : Field.imm2));
      case 'one':
        return '1';
      case 'memory':
      case 'source':
      case 'destination':
        return this.load(operand, this.offset(operand), operand.size);
      default:
        throw new Error(`a ${operand.kind} operand cannot be read`);
    }
  }

  readForWrite(operand: Operand): string {
    if (operand.kind !== 'memory') return this.read(operand);
    return this.loadForWrite(operand, this.offset(operand), operand.size);
  }

  write(operand: Operand, value: string): void {
    switch (operand.kind) {
      case 'register':
        this.setRegister(this.registerAt(operand.field === 'rm' ? Field.rm : Field.reg, operand.size), value);
        break;
      case 'fixed':
        this.setRegister(operand.register, value);
        break;
      case 'memory':
        if (this.pendingPlace) this.line(`m.put(${this.pendingPlace}, ${operand.size}, ${value});`);
        else this.store(operand, this.offset(operand), operand.size, value);
        break;
      case 'source':
      case 'destination':
        this.store(operand, this.offset(operand), operand.size, value);
        break;
      default:
        throw new Error(`a ${operand.kind} operand cannot be written`);
    }
  }

  addressMask(): string {
    return this.half(Field.addressHigh) === 0xffff ? '-1' : '65535';
  }

  offset(operand: Operand, displacement = '0'): string {
    if (operand.kind === 'source' || operand.kind === 'destination') {
      const pointer = this.register(operand.kind === 'source' ? 'esi' : 'edi');
      return this.let(this.and(this.add(pointer, displacement), this.addressMask()));
    }
    if (operand.kind !== 'memory') throw new Error(`a ${operand.kind} operand has no address`);
    const parts = [String(this.word(Field.displacement))];
    const base = this.addressRegister(Field.base);
    const index = this.addressRegister(Field.addressIndex);
    if (base) parts.push(`m.${base}`);
    if (index) parts.push(`(m.${index} << ${this.view.getUint8(this.record + Field.scale)})`);
    if (displacement !== '0') parts.push(displacement);
    return this.let(this.and(`(${parts.join(' + ')})`, this.addressMask()));
  }

  /** The base or index register, or undefined where the record names the word that is always zero. */
  private addressRegister(field: number): RegisterName | undefined {
    const address = this.half(field);
    return General32.find(r => registerAddress(r) === address);
  }

  special(operand: Operand): string {
    return String(this.half(operand.kind === 'source' || operand.kind === 'memory' ? Field.segment : Field.reg));
  }

  registerNumber(operand: Operand): string {
    if (operand.kind !== 'register') throw new Error(`a ${operand.kind} operand is no register`);
    return String(placeOf(this.registerAt(operand.field === 'rm' ? Field.rm : Field.reg, operand.size)).byte >> 2);
  }

  readSelector(): string {
    return String(this.word(Field.imm2));
  }

  escapeCode(): string {
    return String(this.word(Field.imm));
  }

  segmentBase(_operand: Operand): string {
    return `m.base('${this.segmentOf()}')`;
  }

  private segmentOf(): SegmentName {
    return Segments[segmentAt(this.half(Field.segment))]!;
  }

  // Memory

  private access(segment: SegmentName | Operand, offset: string, size: number, kind: string): string {
    const name = typeof segment === 'string' ? segment : segment.kind === 'destination' ? 'es' : this.segmentOf();
    const place = this.fresh('p');
    this.line(`const ${place} = m.access('${name}', ${offset}, ${size}, '${kind}');`);
    this.line(`if (${place} === 0) return ${Outcome.fault};`);
    return place;
  }

  load(segment: SegmentName | Operand, offset: string, size: Size): string {
    return this.let(`m.get(${this.access(segment, offset, size, 'read')}, ${size})`);
  }

  loadForWrite(segment: SegmentName | Operand, offset: string, size: Size): string {
    const place = this.access(segment, offset, size, 'modify');
    if (typeof segment !== 'string') this.pendingPlace = place;
    return this.let(`m.get(${place}, ${size})`);
  }

  store(segment: SegmentName | Operand, offset: string, size: Size, value: string): void {
    const held = this.let(value);
    this.line(`m.put(${this.access(segment, offset, size, 'write')}, ${size}, ${held});`);
  }

  probe(segment: SegmentName | Operand, offset: string, size: number, write: boolean): void {
    this.access(segment, offset, size, write ? 'probe-write' : 'probe-read');
  }

  // Ends

  private relativeTarget(): string {
    const target = this.add(this.nextEip(), String(this.word(Field.imm)));
    return this.form.size === 2 ? this.and(target, '65535') : target;
  }

  checkTarget(target: string | Operand): void {
    const eip = this.let(typeof target === 'string' ? target : this.relativeTarget());
    this.if(`m.beyondCode(${eip})`, () => this.raise('GP', 0));
  }

  jump(eip: string): void {
    this.line(`m.state.eip = ${eip};`);
    this.line(`return ${Outcome.jump};`);
  }

  jumpRelative(): void {
    this.jump(this.relativeTarget());
  }

  raise(exception: Exception, errorCode = 0): void {
    this.line(`return m.raise('${exception}', ${errorCode});`);
  }

  service(name: ServiceName, ...operands: string[]): void {
    const values = operands.map(value => this.let(value));
    if (Services[name].ends) this.line(`m.state.eip = ${this.nextEip()};`);
    const call = `m.service(${ServiceNames.indexOf(name)}, ${[0, 1, 2].map(i => values[i] ?? '0').join(', ')}) /* ${name} */`;
    if (Services[name].ends) {
      this.line(`return ${call};`);
    } else {
      const outcome = this.let(call);
      this.if(`${outcome} !== 0`, () => this.line(`return ${outcome};`));
    }
  }

  /** One iteration a step: the text leaves EIP at the instruction while there is more to do. */
  repeat(once: () => void, until?: () => string): void {
    const mask = this.addressMask();
    const left = this.let(this.and('m.ecx', mask));
    this.if(this.eqz(left), () => this.jump(this.nextEip()));
    once();
    const count = this.let(this.sub(left, '1'));
    this.line(`m.ecx = ${this.or(this.and('m.ecx', this.xor(mask, '-1')), count)};`);
    if (until) this.if(until(), () => this.jump(this.nextEip()));
    this.if(this.eqz(count), () => this.jump(this.nextEip()));
    this.jump(`m.eipAt(${this.half(Field.offset)})`);
  }
}
