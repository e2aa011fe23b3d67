/**
 * An ingredient for what compiled code knows of the x87 stack: computations that keep it balanced as compilers do, over loops, branches and functions that
 * return a number on it; and now and then what is not so: too much, too little, a stack that drifts.
 */
import { CONDITIONS } from './operations.ts';
import type { Ingredient, Writer } from './writer.ts';

const CONSTANTS = ['fld1', 'fldz', 'fldpi', 'fldl2e'];
const UNARY = ['fchs', 'fabs', 'fsqrt', 'frndint', 'ftst', 'fxam', 'fnop', 'fscale', 'fprem', 'fsin', 'f2xm1'];
const BINARY = ['fadd', 'fmul', 'fsub', 'fsubr', 'fdiv', 'fdivr'];
const POPPING = ['faddp', 'fmulp', 'fsubp', 'fsubrp', 'fdivp', 'fdivrp'];
const COMPARING = ['fcom', 'fucom', 'fcomi', 'fucomi'];
const MOVING = ['fcmovb st0,', 'fcmove st0,', 'fcmovnbe st0,', 'fcmovu st0,', 'fxch '];

/** What a computation may use of the stack. */
const MOST = 6;

class Computation {
  private readonly w: Writer;
  private depth: number;

  constructor(w: Writer, depth: number) {
    this.w = w;
    this.depth = depth;
  }

  private place(width: string): string {
    return `${width} ${this.w.dialect.address(this.w)}`;
  }

  private push(): void {
    const { w } = this;
    const lines = [
      `fld st${w.below(Math.max(this.depth, 1))}`,
      w.pick(CONSTANTS),
      `fld ${this.place(w.pick(['dword', 'qword']))}`,
      `fild ${this.place(w.pick(['word', 'dword', 'qword']))}`,
      `fild ${this.place('dword')}`,
    ];
    // Of nothing there is no copy.
    w.emit(w.pick(this.depth === 0 ? lines.slice(1) : lines));
    this.depth++;
  }

  /** One instruction, or a few. */
  step(loops: number): void {
    const { w, depth } = this;
    if (depth < 2 || (depth < MOST && w.once(3))) {
      this.push();
      return;
    }
    const other = 1 + w.below(depth - 1);
    switch (w.below(loops > 0 ? 13 : 11)) {
      case 0:
        w.emit(w.pick(UNARY));
        break;
      case 1:
        w.emit(w.pick([`${w.pick(BINARY)} st0,st${other}`, `${w.pick(BINARY)} st${other},st0`]));
        break;
      case 2:
        w.emit(`${w.pick(BINARY)} ${this.place(w.pick(['dword', 'qword']))}`);
        break;
      case 3:
        w.emit(`fi${w.pick(BINARY).slice(1)} ${this.place(w.pick(['word', 'dword']))}`);
        break;
      case 4:
        w.emit(`${w.pick(POPPING)} st${other},st0`);
        this.depth--;
        break;
      case 5:
        w.emit(`${w.pick(COMPARING)} st0,st${other}`.replace(/^(fu?com) st0,/, '$1 '));
        w.emit(w.pick(['fnstsw ax', `set${w.pick(['b', 'z', 'p'])} dl`, `${w.pick(MOVING)}st${other}`]));
        break;
      case 6:
        w.emit(`fxch st${other}`, `${w.pick(MOVING)}st${other}`);
        break;
      case 7:
        this.pop();
        break;
      case 8:
        w.emit(`fst ${this.place(w.pick(['dword', 'qword']))}`, `fst st${w.below(depth)}`);
        break;
      case 9:
        this.branch();
        break;
      case 10:
        this.call();
        break;
      default:
        this.loop(loops - 1);
    }
  }

  private pop(): void {
    const { w } = this;
    w.emit(
      w.pick([
        `fstp ${this.place(w.pick(['dword', 'qword']))}`,
        `fistp ${this.place(w.pick(['word', 'dword', 'qword']))}`,
        `fisttp ${this.place('dword')}`,
        `fstp st${w.below(this.depth)}`,
        'fcomp st1',
      ]),
    );
    this.depth--;
  }

  /** Both arms leave the stack alike, mostly. */
  private branch(): void {
    const { w } = this;
    const [other, end] = [w.label(), w.label()];
    w.emit(`fcomi st0,st1`, `j${w.pick(CONDITIONS)} ${other}`);
    const before = this.depth;
    this.step(0);
    if (!w.once(12)) this.settle(before);
    w.emit(`jmp ${end}`, `${other}:`);
    this.depth = before;
    this.step(0);
    this.settle(before);
    w.emit(`${end}:`);
  }

  /** A function of numbers on the stack, which leaves one more or less, or as many. */
  private call(): void {
    const { w } = this;
    const name = w.label('X');
    const change = w.pick([1, 0, -1]);
    if (this.depth + change > MOST) return;
    const before = this.depth;
    w.emit(`call ${name}`);
    const inner = new Computation(w, before);
    w.later(() => {
      w.emit(`${name}:`);
      for (let i = w.below(4); i > 0; i--) inner.step(0);
      inner.settle(before + change);
      w.emit('ret');
    });
    this.depth = before + change;
  }

  private loop(loops: number): void {
    const { w } = this;
    const [counter, head] = [w.counter(), w.label()];
    w.emit(`mov ${counter},${3 + w.below(40)}`, `${head}:`);
    const before = this.depth;
    for (let i = 1 + w.below(5); i > 0; i--) this.step(loops);
    this.settle(before);
    w.emit(`dec ${counter}`, `jnz ${head}`);
  }

  /** Pushes or pops until so many are left. */
  settle(depth: number): void {
    while (this.depth > depth) this.pop();
    while (this.depth < depth) this.push();
  }

  /** What no compiler writes. */
  mischief(): void {
    const { w } = this;
    const control = this.place('word');
    w.emit(
      w.pick([
        'fincstp',
        'fdecstp',
        `ffree st${w.below(8)}`,
        'ffreep st0',
        'fstp st0',
        'fld1',
        'emms',
        'fninit',
        'fnclex',
        'pxor mm3,mm3',
        'fptan',
        'fxtract',
        'fcompp',
        `${w.pick(['fbstp', 'fstp'])} ${this.place('tbyte')}`,
        `fnstcw ${control}`,
        `fnstsw ${control}`,
      ]),
    );
  }
}

export const computation: Ingredient = (w, depth) => {
  if (!w.once(3)) w.emit('fninit');
  const c = new Computation(w, 0);
  for (let i = 3 + w.below(8); i > 0; i--) {
    c.step(Math.min(depth, 2));
    if (w.once(40)) c.mischief();
  }
  if (!w.once(8)) c.settle(0);
};
