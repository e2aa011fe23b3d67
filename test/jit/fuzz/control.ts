/** Ingredients that go elsewhere: loops, branches, calls and returns of every kind, tables, jumps into the middle of things. */
import { Cell } from './layout.ts';
import { arithmetic, CONDITIONS, memory, straight, unary } from './operations.ts';
import type { Ingredient, Writer } from './writer.ts';

/** Few enough to be jumped over by a short jump. */
export function veryFew(w: Writer, most: number): void {
  for (let i = 1 + w.below(most); i > 0; i--) w.pick([arithmetic, arithmetic, unary, memory])(w, 0);
}

/** A few harmless instructions, or a run of them. */
export function few(w: Writer, most = 3): void {
  if (w.once(6)) straight(w, 0);
  veryFew(w, most);
}

/** What sets flags before a branch. */
function compare(w: Writer): void {
  const width = w.width();
  w.emit(
    w.pick([
      `cmp ${w.register(width)},${w.register(width)}`,
      `test ${w.register(width)},${w.register(width)}`,
      `cmp ${w.register(width)},${w.immediateFor(width)}`,
      `sub ${w.register(width)},${w.register(width)}`,
      'nop',
    ]),
  );
}

export const branch: Ingredient = (w, depth) => {
  const [over, end] = [w.label(), w.label()];
  compare(w);
  // A short jump may have little to jump over.
  const short = w.once(3);
  w.emit(`j${w.pick(CONDITIONS)} ${short ? 'short ' : ''}${over}`);
  if (short) veryFew(w, 2);
  else for (let i = 1 + w.below(3); i > 0; i--) w.ingredient(Math.min(depth, 1));
  if (w.once(3)) {
    w.emit(`jmp ${end}`, `${over}:`);
    few(w);
    w.emit(`${end}:`);
  } else w.emit(`${over}:`);
};

export const loop: Ingredient = (w, depth) => {
  if (depth <= 0) {
    few(w);
    return;
  }
  const counter = w.counter();
  const head = w.label();
  w.emit(`mov ${counter},${2 + w.below(w.pick([6, 12, 40]))}`, `${head}:`);
  w.body(depth - 1, 6);
  w.emit(`dec ${counter}`, `jnz ${head}`);
};

/** LOOP and JCXZ, in whatever width the count is. */
export const countedLoop: Ingredient = w => {
  const [head, end] = [w.label(), w.label()];
  const cx = w.wide('cx');
  w.emit(`push ${cx}`, `mov ${cx},${1 + w.below(30)}`);
  if (w.once(3)) w.emit(`jcxz ${end}`);
  w.emit(`${head}:`);
  for (let i = 1 + w.below(3); i > 0; i--)
    w.emit(`${w.pick(['add', 'sub', 'xor', 'cmp'])} ${w.register('byte').replace('cl', 'al')},${w.below(100)}`);
  w.emit(`${w.pick(['loop', 'loop', 'loopz', 'loopnz'])} ${head}`, `${end}:`, `pop ${cx}`);
};

const callee = (w: Writer): string | undefined =>
  w.level + 1 < w.functions ? `f${w.level + 1 + w.below(w.functions - w.level - 1)}` : undefined;

export const call: Ingredient = w => {
  const to = callee(w);
  if (!to) return few(w);
  const r = w.wide(w.pick(['ax', 'bx', 'dx', 'si', 'di', 'bp']));
  switch (w.below(4)) {
    case 0:
      w.emit(`mov ${r},${to}`, `call ${r}`);
      break;
    case 1: {
      const other = callee(w)!;
      const table = w.label('T');
      const index = w.wide('bx');
      w.later(() => w.emit(`${table}:`, `${w.define} ${to},${other},${to},${other}`));
      w.emit(`and ${index},3`);
      throughTable(w, 'call', index, table);
      break;
    }
    default:
      w.emit(`call ${to}`);
  }
};

/** A jump or call through a table of the program's: scaled where addresses have a scale. The table may need a segment. */
function throughTable(w: Writer, how: 'jmp' | 'call', index: string, table: string): void {
  const prefix = w.dialect.codePrefix;
  if (w.dialect.bits === 32) w.emit(`${how} ${prefix}[${index}*4+${table}]`);
  else w.emit(`add ${index},${index}`, `${how} ${prefix}[${index}+${table}]`);
}

export const jumpTable: Ingredient = w => {
  const count = w.pick([2, 4, 8]);
  const [table, end] = [w.label('T'), w.label()];
  const places = Array.from({ length: count }, () => w.label());
  w.later(() => w.emit(`${table}:`, `${w.define} ${places.join(',')}`));
  const index = w.wide('bx');
  w.emit(`and ${index},${count - 1}`);
  throughTable(w, 'jmp', index, table);
  for (const place of places) {
    w.emit(`${place}:`);
    few(w, 2);
    if (!w.once(4)) w.emit(`jmp ${end}`);
  }
  w.emit(`${end}:`);
};

/** A table with many places, most of them small: a bytecode interpreter's loop. */
export const bigTable: Ingredient = w => {
  const count = w.pick([16, 64, 300]);
  const [table, head, end] = [w.label('T'), w.label(), w.label()];
  const counter = w.counter();
  const places = Array.from({ length: count }, () => w.label());
  w.later(() => w.emit(`${table}:`, `${w.define} ${places.join(',')}`));
  const [index, state] = [w.wide('bx'), w.wide('dx')];
  w.emit(`mov ${counter},${10 + w.below(60)}`, `${head}:`);
  // The next place follows from the last, more or less.
  w.emit(
    `imul ${state},${state},${w.pick([5, 7, 13])}`,
    `add ${state},3`,
    `mov ${index},${state}`,
    `and ${index},${2 ** Math.floor(Math.log2(count)) - 1}`,
  );
  throughTable(w, 'jmp', index, table);
  for (const place of places)
    w.emit(`${place}:`, `add ${w.wide('si')},${w.below(100)}`, `jmp ${w.once(3) ? `${head}x` : end}`);
  w.emit(`${head}x:`, `inc ${w.wide('di')}`, `${end}:`, `dec ${counter}`, `jnz ${head}`);
};

/** A call that goes to a few functions, which may become part of the region, or to more than an inline cache has ways. */
export const manyFunctions: Ingredient = w => {
  const count = w.pick([2, 4, 8, 16, 32]);
  const [table, head] = [w.label('T'), w.label()];
  const counter = w.counter();
  const names = Array.from({ length: count }, () => w.label());
  w.later(() => {
    w.emit(`${table}:`, `${w.define} ${names.join(',')}`);
    for (const name of names) {
      w.emit(`${name}:`, `add ${w.wide('si')},${w.below(100)}`);
      if (w.once(2)) few(w, 2);
      if (w.once(4)) {
        compare(w);
        w.emit(`j${w.pick(CONDITIONS)} ${name}x`, `inc ${w.wide('di')}`, `${name}x:`);
      }
      if (w.once(4)) w.emit(`push ${w.wide('si')}`, `pop ${w.wide('dx')}`);
      w.emit('ret');
    }
  });
  w.emit(
    `mov ${counter},${10 + w.below(60)}`,
    `${head}:`,
    `mov ${w.wide('bx')},${counter}`,
    `and ${w.wide('bx')},${count - 1}`,
  );
  throughTable(w, 'call', w.wide('bx'), table);
  w.emit(`dec ${counter}`, `jnz ${head}`);
};

/** Into the middle of straight code: to one of two places. */
export const computedJump: Ingredient = w => {
  const [first, second] = [w.label(), w.label()];
  const [a, b] = [w.wide('si'), w.wide('di')];
  w.emit(`mov ${a},${first}`, `mov ${b},${second}`);
  compare(w);
  w.emit(`cmov${w.pick(CONDITIONS)} ${a},${b}`, `jmp ${a}`);
  few(w, 2);
  w.emit(`${first}:`);
  few(w, 2);
  w.emit(`${second}:`);
  few(w, 2);
};

/** Jumps into a loop, past its head. */
export const irreducible: Ingredient = w => {
  const [head, middle] = [w.label(), w.label()];
  const counter = w.counter();
  w.emit(`mov ${counter},${2 + w.below(20)}`);
  compare(w);
  w.emit(`j${w.pick(CONDITIONS)} ${middle}`);
  few(w, 2);
  w.emit(`${head}:`);
  few(w, 2);
  w.emit(`${middle}:`);
  few(w, 2);
  if (w.once(3)) {
    compare(w);
    w.emit(`j${w.pick(CONDITIONS)} ${middle}x`);
    few(w, 1);
    w.emit(`${middle}x:`);
  }
  w.emit(`dec ${counter}`, `jnz ${head}`);
};

/** Bytes that are one instruction from their first, and others from their second. */
export const overlapping: Ingredient = w => {
  const inside = w.label();
  compare(w);
  // MOV eAX, with INC eAX, INC eBX and NOPs as its immediate.
  w.emit(
    `j${w.pick(CONDITIONS)} ${inside}`,
    'db 0xb8',
    `${inside}:`,
    w.dialect.bits === 32 ? 'db 0x40,0x43,0x90,0x90' : 'db 0x40,0x43',
  );
};

/** Deeper than compiled code calls compiled code. */
export const recursion: Ingredient = w => {
  const [f, end] = [w.label(), w.label()];
  const left = `${w.natural} ${w.cell(Cell.recursion)}`;
  w.emit(`mov ${left},${w.pick([3, 30, 190, 205, 260, 420])}`, `call ${f}`);
  w.later(() => {
    w.emit(`${f}:`);
    few(w, 2);
    w.emit(`dec ${left}`, `js ${end}`);
    const keeps = w.once(2);
    if (keeps) w.emit(`push ${w.wide('ax')}`);
    w.emit(`call ${f}`);
    if (keeps) w.emit(`pop ${w.wide('dx')}`);
    few(w, 1);
    w.emit(`${end}:`, 'ret');
  });
};

/** Functions that do not return where they were called: by another return address, by a jump, by another stack pointer. */
export const mismatch: Ingredient = w => {
  const [f, elsewhere] = [w.label(), w.label()];
  const [ax, sp, bx] = [w.wide('ax'), w.wide('sp'), w.wide('bx')];
  const step = w.step;
  switch (w.below(7)) {
    case 5:
      // The callee returns on another page of the stack.
      w.emit(
        `call ${f}`,
        `push ${bx}`,
        `push ${ax}`,
        `add ${ax},1`,
        `pop ${bx}`,
        `pop ${ax}`,
        `mov ${sp},${w.cell(Cell.stack)}`,
      );
      w.later(() => {
        w.emit(
          `${f}:`,
          `pop ${bx}`,
          `mov ${w.cell(Cell.stack)},${sp}`,
          `mov ${ax},${sp}`,
          `and ${ax},${step === 4 ? 0xfffff000 : 0xf000}`,
        );
        w.emit(`sub ${ax},${w.pick([0x1000, 0x2000])}`, `add ${ax},${w.pick([4, 8, 0x20, 0x800])}`, `mov ${sp},${ax}`);
        w.emit(`push ${bx}`, 'ret');
      });
      return;
    case 0:
      // A push and RET as a jump.
      w.emit(`mov ${ax},${elsewhere}`, `push ${ax}`, 'ret');
      few(w, 2);
      w.emit(`${elsewhere}:`);
      return;
    case 1:
      // RET n.
      w.emit(`push ${ax}`, `push ${bx}`, `call ${f}`);
      w.later(() => {
        w.emit(`${f}:`);
        few(w, 2);
        w.emit(`ret ${2 * step}`);
      });
      return;
    case 2:
      // The callee drops its return address.
      w.emit(`call ${f}`);
      few(w, 2);
      w.emit(`${elsewhere}:`);
      w.later(() => {
        w.emit(`${f}:`, `pop ${bx}`);
        few(w, 1);
        w.emit(`mov ${bx},${elsewhere}`, w.pick([`jmp ${bx}`, `push ${bx}`]), 'ret');
      });
      return;
    case 3:
      // Calls two deep, left at once.
      w.emit(`mov ${w.cell(Cell.stack)},${sp}`, `call ${f}`, 'nop', `${elsewhere}:`);
      w.later(() => {
        const inner = w.label();
        w.emit(`${f}:`, `call ${inner}`, 'nop', 'ret', `${inner}:`);
        few(w, 2);
        compare(w);
        const back = w.label();
        w.emit(
          `j${w.pick(CONDITIONS)} ${back}`,
          `mov ${sp},${w.cell(Cell.stack)}`,
          `jmp ${elsewhere}`,
          `${back}:`,
          'ret',
        );
      });
      return;
    case 4:
      // Where am I?
      w.emit(`call ${elsewhere}`, `${elsewhere}:`, `pop ${ax}`);
      return;
    default:
      // The callee skips an instruction of its caller, of two bytes.
      w.emit(`call ${f}`, 'mov al,5', `${elsewhere}:`);
      w.later(() => {
        w.emit(`${f}:`, `pop ${bx}`, `add ${bx},2`, `push ${bx}`);
        few(w, 1);
        w.emit('ret');
      });
  }
};
