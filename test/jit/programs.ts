/** Random programs with loops, calls, branches, memory traffic and self-modification, as assembler text: what a compiler of hot code must get right. */
import { Random } from '../cpu/rig.ts';

const R32 = ['eax', 'ebx', 'edx', 'esi', 'edi', 'ebp'];
const R16 = ['ax', 'bx', 'dx', 'si', 'di', 'bp'];
const R8 = ['al', 'ah', 'bl', 'bh', 'dl', 'dh', 'cl'];
const CONDITIONS = ['o', 'no', 'b', 'nb', 'z', 'nz', 'be', 'nbe', 's', 'ns', 'p', 'np', 'l', 'nl', 'le', 'nle'];
const BINARY = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'mov', 'test'];
const UNARY = ['inc', 'dec', 'not', 'neg'];
const SHIFTS = ['shl', 'shr', 'sar', 'rol', 'ror', 'rcl', 'rcr'];

export const DATA = 0x40000;
/** Counters of loops. */
const COUNTERS = 0x3f000;

export class ProgramWriter {
  private readonly random: Random;
  private readonly lines: string[] = [];
  private labels = 0;
  private counters = 0;
  private readonly functions: number;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.functions = 1 + this.random.below(4);
  }

  program(): string {
    this.lines.push('main:');
    this.loop(3, 30 + this.random.below(60));
    this.lines.push('hlt');
    for (let i = 0; i < this.functions; i++) {
      this.lines.push(`f${i}:`);
      this.body(i, 2);
      this.lines.push('ret');
    }
    // Data beside code: in its page, partly in its lines.
    this.lines.push('inner:', ...new Array(20).fill('dd 0x90909090,0,1,2'));
    return this.lines.join('\n');
  }

  private loop(depth: number, count: number, function_ = -1): void {
    const counter = COUNTERS + 4 * this.counters++;
    const head = `L${this.labels++}`;
    this.lines.push(`mov dword [${counter}],${count}`, `${head}:`);
    this.body(function_, depth - 1);
    this.lines.push(`dec dword [${counter}]`, `jnz ${head}`);
  }

  private body(function_: number, depth: number): void {
    const { random } = this;
    for (let i = 3 + random.below(10); i > 0; i--) {
      const kind = random.below(20);
      if (kind === 0 && depth > 0) this.loop(depth, 2 + random.below(8), function_);
      else if (kind === 1 && function_ + 1 < this.functions)
        this.lines.push(`call f${function_ + 1 + random.below(this.functions - function_ - 1)}`);
      else if (kind <= 4) this.branch();
      else this.instruction();
    }
  }

  /** A forward branch over a few instructions. */
  private branch(): void {
    const { random } = this;
    const over = `L${this.labels++}`;
    this.lines.push(
      this.pick([
        `cmp ${random.pick(R32)},${random.pick(R32)}`,
        `test ${random.pick(R8)},${random.pick(R8)}`,
        `cmp ${random.pick(R16)},5`,
        'nop',
      ]),
    );
    this.lines.push(`j${random.pick(CONDITIONS)} ${over}`);
    for (let i = 1 + random.below(4); i > 0; i--) this.instruction();
    if (random.below(3) === 0) {
      const end = `L${this.labels++}`;
      this.lines.push(`jmp ${end}`, `${over}:`);
      this.instruction();
      this.lines.push(`${end}:`);
    } else {
      this.lines.push(`${over}:`);
    }
  }

  private pick<T>(of: readonly T[]): T {
    return this.random.pick(of);
  }

  private memory(size: 'byte' | 'word' | 'dword'): string {
    const { random } = this;
    const register = random.pick(['ebx', 'esi', 'edi']);
    if (random.below(3) === 0) return `${size} [${DATA + random.below(0x800)}]`;
    // An index within bounds, now and then across the end of the page.
    this.lines.push(`and ${register},0x3ff`);
    return `${size} [${register}*${random.pick([1, 2, 4])}+${DATA + random.below(8)}]`;
  }

  private immediate(): number {
    return this.pick([0, 1, -1, 0x7f, 0x80, 0x7fffffff, 0x80000000, this.random.word()]);
  }

  private instruction(): void {
    const { random, lines } = this;
    const r = random.pick(R32);
    switch (random.below(25)) {
      case 0:
      case 1:
        lines.push(`${this.pick(BINARY)} ${r},${random.pick(R32)}`);
        break;
      case 2:
        lines.push(`${this.pick(BINARY)} ${r},${this.immediate()}`);
        break;
      case 3:
        lines.push(`${this.pick(BINARY)} ${random.pick(R8)},${random.pick(R8)}`);
        break;
      case 4:
        lines.push(`${this.pick(BINARY)} ${random.pick(R16)},${random.pick(R16)}`);
        break;
      case 5:
        lines.push(`${this.pick(BINARY)} ${this.memory('dword')},${r}`);
        break;
      case 6:
        lines.push(`${this.pick(BINARY.slice(0, 9))} ${r},${this.memory('dword')}`);
        break;
      case 7:
        lines.push(`${this.pick(BINARY)} ${this.memory('byte')},${random.pick(R8)}`);
        break;
      case 8:
        lines.push(`${this.pick(UNARY)} ${this.pick([r, random.pick(R8), random.pick(R16), this.memory('dword')])}`);
        break;
      case 9:
        lines.push(
          `${this.pick(SHIFTS)} ${this.pick([r, random.pick(R8), random.pick(R16)])},${this.pick(['1', 'cl', String(random.below(40))])}`,
        );
        break;
      case 10:
        lines.push(`imul ${r},${random.pick(R32)}`, `imul ${r},${random.pick(R32)},${random.below(200)}`);
        break;
      case 11:
        lines.push(`${this.pick(['mul', 'imul'])} ${random.pick(R32)}`);
        break;
      case 12:
        lines.push('mov edx,0', 'or ebx,1', 'div ebx');
        break;
      case 13:
        lines.push(
          `set${random.pick(CONDITIONS)} ${random.pick(R8)}`,
          `cmov${random.pick(CONDITIONS)} ${r},${random.pick(R32)}`,
        );
        break;
      case 14:
        lines.push(`push ${r}`, `pop ${random.pick(R32)}`);
        break;
      case 15:
        lines.push(`movzx ${r},${random.pick(R8)}`, `movsx ${random.pick(R32)},${random.pick(R16)}`);
        break;
      case 16:
        lines.push(`xchg ${r},${random.pick(R32)}`, `bswap ${random.pick(R32)}`);
        break;
      case 17:
        lines.push(`lea ${r},[${random.pick(R32)}+${random.pick(R32)}*4+${random.below(100)}]`);
        break;
      case 18:
        lines.push(
          `${this.pick(['bt', 'bts', 'btr', 'btc'])} ${r},${random.below(32)}`,
          `${this.pick(['bsf', 'bsr'])} ${random.pick(R32)},${random.pick(R32)}`,
        );
        break;
      case 19:
        lines.push(`shld ${r},${random.pick(R32)},${random.below(32)}`, `shrd ${random.pick(R32)},${r},cl`);
        break;
      case 20:
        lines.push('pushf', 'pop eax', 'and eax,0xcd5', 'push eax', 'popf', 'cld');
        break;
      case 21:
        lines.push(`mov edi,${DATA + 0x1000}`, `mov ecx,${random.below(40)}`, `rep ${this.pick(['stosd', 'stosb'])}`);
        break;
      case 22:
        lines.push('lahf', 'cwd', 'sahf', this.pick(['stc', 'clc', 'cmc', 'nop']));
        break;
      case 23:
        lines.push(
          'mov ebp,inner',
          `${this.pick(BINARY)} dword [ebp+${random.below(300)}],${r}`,
          `inc byte [ebp+${random.below(300)}]`,
        );
        break;
      default:
        if (random.below(4) === 0) this.patch();
        else lines.push(`cmpxchg ${this.memory('dword')},${r}`, `xadd ${this.memory('dword')},${r}`);
    }
  }

  /** Changes an immediate in code that has perhaps been compiled. */
  private patch(): void {
    const at = `L${this.labels++}`;
    // B8 imm32 is MOV EAX,imm32: the byte after the opcode changes.
    this.lines.push(`mov ebp,${at}`, 'inc byte [ebp+1]', `${at}:`, 'db 0xb8,0x10,0x20,0x30,0x40');
  }
}
