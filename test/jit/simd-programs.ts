/**
 * Random SIMD programs for the differential test: loops over instructions of every row of the opcode map, on registers and memory, with numbers where
 * edges are likelier than not, all settings of MXCSR, comparisons that decide branches, and now and then what makes an instruction fault: CR0.TS, unmasked
 * exceptions, addresses that are not aligned or not mapped. The handlers of those mend what is wrong and have the instruction begun anew.
 */
import { opcodeBytes, type Row, Rows } from '../../src/isa/opcode-map.ts';
import { Random } from '../cpu/rig.ts';
import { double, mxcsr, single } from '../simd/generate.ts';

/** Numbers that programs load, then a page that is not there. */
export const NUMBERS = 0x40000;
export const NUMBERS_BYTES = 0x1000;
/** Doublewords for LDMXCSR. */
export const CONTROLS = 0x3e000;
export const CONTROL_COUNT = 64;
/** Everything masked, nothing set. */
const CALM = CONTROLS + 4 * CONTROL_COUNT;
/** An inexact result has been noted, so flags of MXCSR tell what is new. */
const USUAL = CALM + 4;
/** The same with rounding toward zero; and with nothing noted. */
export const TRUNCATING = CALM + 8;
export const FRESH = CALM + 12;
/** FLDENV images: calm, and with a pending exception. */
const ENVIRONMENTS = CONTROLS + 0x400;
const COUNTERS = 0x3f000;
/** What loops through the numbers have made of them. */
const RESULTS = 0x42000;
const TABLE_STEPS = 200;
export const HANDLERS = 0x30000;
const FUNCTIONS = 2;
const WITH_ERROR = new Set([8, 10, 11, 12, 13, 14, 17]);

export interface ProgramOptions {
  /** Rows to choose from. */
  readonly rows: readonly Row[];
  /** Numbers and settings with edges, faults; or plain ones, for which inline code is meant. */
  readonly edges: boolean;
}

/** Without LDMXCSR, which does not take just any number. */
const VectorRows = Rows.filter(row => row.simd && row.mnemonic !== 'LDMXCSR');
export const AllRows: readonly Row[] = VectorRows;

/** What compilers make of floating point in doubles and singles, and of integers in vectors. */
const FREQUENT = /^(F20F|F30F|660F(10|11|14|15|28|29|2E|2F|5[47]|57|6F|7F|FE|EF|D4|6E|7E|D6|70|61|62))/;

export class VectorProgram {
  private readonly random: Random;
  private readonly options: ProgramOptions;
  private readonly lines: string[] = [];
  private labels = 0;
  private counters = 0;

  constructor(seed: number, options: ProgramOptions) {
    this.random = new Random(seed);
    this.options = options;
  }

  text(): string {
    const { random, lines } = this;
    lines.push('main:', `mov esi,${NUMBERS}`, `mov edi,${NUMBERS + 0x800}`);
    for (let i = 2 + random.below(3); i > 0; i--) {
      if (random.below(2) === 0) this.loop(2, 20 + random.below(40));
      else this.table();
    }
    lines.push('hlt');
    for (let i = 0; i < FUNCTIONS; i++) {
      lines.push(`f${i}:`);
      for (let k = 1 + random.below(6); k > 0; k--) this.step(false);
      lines.push('ret');
    }
    return lines.join('\n');
  }

  private loop(depth: number, count: number): void {
    const counter = COUNTERS + 4 * this.counters++;
    const head = `L${this.labels++}`;
    this.lines.push(`mov dword [${counter}],${count}`, `${head}:`);
    for (let i = 4 + this.random.below(16); i > 0; i--) {
      if (depth > 1 && this.random.below(12) === 0) this.loop(depth - 1, 3 + this.random.below(12));
      else this.step();
    }
    this.lines.push(`dec dword [${counter}]`, `jnz ${head}`);
  }

  /** A loop that goes through the numbers, and perhaps through settings of MXCSR, and stores what comes of each. */
  private table(): void {
    const { random, lines, options } = this;
    const counter = COUNTERS + 4 * this.counters++;
    const head = `L${this.labels++}`;
    const distance = 16 * random.below(8);
    lines.push(`mov esi,${NUMBERS}`, `mov edi,${RESULTS}`, 'mov ebp,0', `mov dword [${counter}],${TABLE_STEPS}`);
    if (options.edges) lines.push(`ldmxcsr [${CONTROLS + 4 * random.below(CONTROL_COUNT)}]`);
    const early = options.edges && random.below(3) === 0;
    const late = options.edges && random.below(3) === 0;
    lines.push(`${head}:`);
    if (early) lines.push(`ldmxcsr [ebp+${CONTROLS}]`);
    lines.push('movups xmm0,[esi]', `movups xmm1,[esi+${distance}]`, `movups xmm2,[esi+${16 * random.below(8)}]`);
    lines.push('movq mm0,[esi]', 'movq mm1,[esi+8]');
    for (let i = 1 + random.below(4); i > 0; i--) this.instruction(random.pick(options.rows), 2);
    // A copy over what has just been calculated.
    if (random.below(3) === 0) lines.push(random.pick(['movaps xmm0,xmm2', 'movsd xmm0,xmm2', 'movss xmm1,xmm2']));
    if (random.below(4) === 0) this.decide(2);
    if (random.below(4) === 0) lines.push(`call f${random.below(FUNCTIONS)}`);
    if (options.edges && random.below(3) === 0) lines.push('emms');
    if (late) lines.push(`ldmxcsr [ebp+${CONTROLS}]`);
    for (let i = random.below(4); i > 0; i--) this.instruction(random.pick(options.rows), 2);
    lines.push(
      'movups [edi],xmm0',
      'movups [edi+16],xmm1',
      'movq [edi+32],mm0',
      'mov [edi+40],eax',
      'stmxcsr [edi+44]',
    );
    // What has faulted may have moved both.
    lines.push(`mov ecx,[${counter}]`, 'shl ecx,4', `mov esi,${NUMBERS}`, 'add esi,ecx', 'shl ecx,2');
    lines.push(`mov edi,${RESULTS}`, 'and ecx,0xfc0', 'add edi,ecx', 'add ebp,4', `and ebp,${4 * CONTROL_COUNT - 4}`);
    lines.push(`dec dword [${counter}]`, `jnz ${head}`, `mov edi,${NUMBERS + 0x800}`);
  }

  private step(calls = true): void {
    const { random, lines, options } = this;
    switch (random.below(options.edges ? 24 : 12)) {
      case 5:
        if (calls && random.below(2) === 0) lines.push(`call f${random.below(FUNCTIONS)}`);
        else this.instruction(random.pick(options.rows));
        break;
      case 0:
      case 1:
        this.refresh();
        break;
      case 2:
        this.decide();
        break;
      case 3:
        lines.push(`add esi,${16 * (1 + random.below(20))}`, `and esi,0x7f0`, `or esi,${NUMBERS}`);
        break;
      case 4:
        lines.push(`add eax,${random.below(1000)}`, 'xor edx,eax', 'rol ebx,3');
        break;
      case 12:
        if (random.below(3) > 0) break;
        lines.push(`ldmxcsr [${CONTROLS + 4 * random.below(CONTROL_COUNT)}]`);
        break;
      case 13:
        lines.push(`ldmxcsr [${CALM}]`);
        break;
      case 14:
        lines.push(`stmxcsr [${NUMBERS + 0x600 + 4 * random.below(16)}]`);
        break;
      case 15:
        if (random.below(4) === 0) lines.push('mov eax,cr0', 'or eax,8', 'mov cr0,eax');
        else if (random.below(5) === 0) lines.push('mov eax,cr4', 'xor eax,0x200', 'mov cr4,eax');
        break;
      case 16:
        lines.push(random.pick(['add esi,4', 'add edi,8', 'add edi,1', 'or esi,2']));
        break;
      case 17:
        if (random.below(8) === 0) lines.push(`mov edi,${NUMBERS + NUMBERS_BYTES - random.pick([4, 8, 12, 16, 24])}`);
        break;
      case 18:
        if (random.below(3) === 0) lines.push(`fldenv [${ENVIRONMENTS + 32 * random.below(3)}]`);
        else lines.push('emms');
        break;
      case 19:
        if (random.below(4) === 0) lines.push('clts');
        break;
      default:
        this.instruction(random.pick(options.rows));
    }
  }

  /** A register gets numbers that calculation has not worn down. */
  private refresh(): void {
    const { random, lines } = this;
    const at = NUMBERS + 16 * random.below(0x60);
    lines.push(random.below(4) === 0 ? `movq mm${random.below(8)},[${at}]` : `movups xmm${random.below(8)},[${at}]`);
  }

  /** A comparison, and what depends on it. */
  private decide(registers = 8): void {
    const { random, lines } = this;
    const over = `L${this.labels++}`;
    const register = () => `xmm${random.below(registers)}`;
    const source = random.below(2) === 0 ? register() : `[${NUMBERS + 8 * random.below(0xc0)}]`;
    lines.push(`${random.pick(['ucomisd', 'comisd', 'ucomiss', 'comiss'])} ${register()},${source}`);
    const condition = random.pick(['b', 'nb', 'z', 'nz', 'be', 'nbe', 'p', 'np', 's', 'o', 'l', 'le']);
    if (random.below(3) === 0) lines.push(`set${condition} cl`);
    lines.push(`j${condition} ${over}`);
    for (let i = 1 + random.below(3); i > 0; i--) this.instruction(random.pick(this.options.rows), registers);
    lines.push(`${over}:`);
  }

  /** `registers`: how many vector registers there are to choose from. */
  private instruction(row: Row, registers = 8): void {
    const { random } = this;
    // FS has a base: see start().
    const bytes: number[] = random.below(10) === 0 ? [0x64] : [];
    if (row.prefix !== 0) bytes.push(row.prefix);
    bytes.push(...opcodeBytes(row));
    if (row.modrm || row.only) bytes.push(...this.modrm(row, registers));
    if (row.operands.includes('Ib')) bytes.push(random.pick([random.below(8), random.below(20), random.below(256)]));
    this.lines.push(`db ${bytes.join(',')}`);
  }

  private modrm(row: Row, vectors: number): number[] {
    const { random } = this;
    // General registers that are written: EAX, EDX, EBX.
    const general = () => random.pick([0, 2, 3]);
    const reg = row.digit >= 0 ? row.digit : row.operands.some(o => o[0] === 'G') ? general() : random.below(vectors);
    const memory = row.operands.some(o => /^[EQWM]/.test(o));
    const registers = row.only === 'register' || !memory || (row.only !== 'memory' && random.below(2) === 0);
    if (registers)
      return [0xc0 | (reg << 3) | (row.operands.some(o => o[0] === 'E') ? general() : random.below(vectors))];
    const little = (value: number) => [0, 8, 16, 24].map(shift => (value >>> shift) & 0xff);
    const offset = 16 * random.below(8);
    switch (random.below(4)) {
      case 0:
        return [(reg << 3) | 5, ...little(NUMBERS + 16 * random.below(0x70))];
      case 1:
        return [0x40 | (reg << 3) | 6, offset];
      case 2:
        return [0x40 | (reg << 3) | 7, offset];
      default:
        // [esi + ecx * 8 + offset]: ECX is small.
        this.lines.push(`mov ecx,${2 * random.below(16)}`);
        return [0x44 | (reg << 3), 0xc0 | (1 << 3) | 6, offset];
    }
  }
}

/** A program that does `body` for numbers from everywhere in XMM0 to XMM3, and stores what XMM0 and XMM1 hold then. It may call `f`, which loads XMM0 anew. */
export function throughNumbers(body: string): string {
  return `
mov dword [${COUNTERS}],${TABLE_STEPS}
again:
mov eax,[${COUNTERS}]
mov esi,eax
shl esi,4
add esi,${NUMBERS}
movups xmm0,[esi]
movups xmm1,[esi+16]
movups xmm2,[esi+32]
movups xmm3,[esi+48]
ldmxcsr [${USUAL}]
${body}
mov edi,[${COUNTERS}]
and edi,0x7f
shl edi,6
add edi,${RESULTS}
stmxcsr [edi+32]
movups [edi],xmm0
movups [edi+16],xmm1
dec dword [${COUNTERS}]
jnz again
hlt
f:
movups xmm0,[esi+64]
ret`;
}

/** Doublewords from NUMBERS on. */
export function numbers(seed: number, edges: boolean): number[] {
  const random = new Random(seed);
  const words: number[] = edges ? borders() : [];
  while (words.length < NUMBERS_BYTES / 4) {
    const kind = random.below(5);
    if (!edges) {
      const data = new DataView(new ArrayBuffer(8));
      if (kind < 2) data.setFloat64(0, (random.below(2001) - 1000) / random.pick([1, 1, 2, 7, 64]), true);
      else for (const at of [0, 4]) data.setFloat32(at, (random.below(2001) - 1000) / random.pick([1, 4, 3]), true);
      words.push(data.getUint32(0, true), data.getUint32(4, true));
    } else if (kind === 0) words.push(single(random), single(random));
    else if (kind === 1) words.push(...double(random));
    else if (kind === 2) words.push(random.word(), random.below(70));
    else if (kind === 3) words.push(...magnitudes(random));
    else words.push(...(random.below(2) === 0 ? [0, 0] : [0, 0x3ff00000 + random.below(0x400000)]));
  }
  return words;
}

/** Where conversions to integers and between formats end, in all elements: doubles, then singles. */
function borders(): number[] {
  const numbers = [
    [
      2 ** 31,
      2 ** 31 - 1,
      2 ** 31 - 0.5,
      2 ** 31 - 1.5,
      -(2 ** 31),
      -(2 ** 31) - 1,
      -(2 ** 31) - 0.5,
      2 ** 32,
      2 ** 63,
    ],
    [0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 1e300, -1e300, Number.NaN, Number.POSITIVE_INFINITY, 0, -0],
    [
      2 ** 24,
      2 ** 24 + 1,
      2 ** 128,
      2 ** 128 - 2 ** 103,
      2 ** -126,
      2 ** -126 - 2 ** -151,
      2 ** -149,
      2 ** -150,
      2 ** -1022,
    ],
  ].flat();
  const words = (array: Float64Array | Float32Array) => [...new Uint32Array(array.buffer)];
  return [
    ...words(new Float64Array(numbers.flatMap(n => [n, n]))),
    ...words(new Float32Array(numbers.flatMap(n => [n, n, n, n]))),
  ];
}

/** Sixteen bytes of normal singles or doubles of any magnitude, zeros among them: what they make is often too large or too small. */
function magnitudes(random: Random): number[] {
  const doubles = random.below(2) === 0;
  const words: number[] = [];
  while (words.length < 4) {
    const sign = random.below(2) << 31;
    const fraction = random.pick([0, random.word() & 0xfffff]);
    if (random.below(6) === 0) words.push(...(doubles ? [0, sign] : [sign]));
    else if (doubles) words.push(random.pick([0, random.word()]), sign | ((1 + random.below(2046)) << 20) | fraction);
    else words.push(sign | ((1 + random.below(254)) << 23) | (fraction << 3));
  }
  return words;
}

export function controls(seed: number): number[] {
  const random = new Random(seed);
  // Every other one is what programs run with for long.
  const usual = () => 0x1fa0 | random.pick([0, 0, 0x40, 0x8000]);
  const table = Array.from({ length: CONTROL_COUNT }, () => (random.below(2) === 0 ? usual() : mxcsr(random)));
  return [...table, random.pick([0x1f80, 0x1fa0]), 0x1fa0, 0x7fa0, 0x1f80];
}

/** x87 environments: as FNINIT leaves it; with invalid operations unmasked and one pending; with TOP elsewhere and some registers empty. */
export function environments(): { at: number; words: number[] } {
  const calm = [0x37f, 0, 0xffff, 0, 0, 0, 0, 0];
  const pending = [0x37e, 0x8081, 0xffff, 0, 0, 0, 0, 0];
  const elsewhere = [0x37f, 0x2800, 0x5a5a, 0, 0, 0, 0, 0];
  return { at: ENVIRONMENTS, words: [...calm, ...pending, ...elsewhere] };
}

/** The handler of a vector, 32 bytes each from HANDLERS on. What was wrong is mended, whatever it was. */
export function handler(vector: number): string {
  const enable = ['push eax', 'mov eax,cr4', 'or eax,0x200', 'mov cr4,eax', 'pop eax'];
  const mend = ['clts', 'fnclex', ...enable, `ldmxcsr [${CALM}]`];
  if (vector === 13) mend.push('and esi,0xfffffff0', 'and edi,0xfffffff0');
  if (vector === 14) mend.push(`mov esi,${NUMBERS}`, `mov edi,${NUMBERS + 0x400}`);
  return [...(WITH_ERROR.has(vector) ? ['add esp,4'] : []), ...mend, 'iret'].join('\n');
}

export const FrequentRows: readonly Row[] = VectorRows.filter(row => FREQUENT.test(row.name));
/** Those that look at numbers. */
export const FloatRows: readonly Row[] = VectorRows.filter(row =>
  /^(ADD|SUB|MUL|DIV|SQRT|MIN|MAX|CMP|U?COMI|H?ADD|H?SUB|ADDSUB|CVT).*[PS][SD]/.test(row.mnemonic),
);
/** Moves of what has been calculated. */
export const MoveRows: readonly Row[] = VectorRows.filter(row =>
  /^(MOV[AU]P[SD]|MOVS[SD]|MOVDQ[AU])$/.test(row.mnemonic),
);
