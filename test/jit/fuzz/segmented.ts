/** Ingredients for segments that begin somewhere and end somewhere: what crosses limits, far transfers, code that is reached by two bases. */
import { few } from './control.ts';
import { Cell, Selector } from './layout.ts';
import { guarded } from './system.ts';
import type { Ingredient, Writer } from './writer.ts';

/** Around the limit of a segment, on both sides of it. */
export const limits: Ingredient = w => {
  const width = w.width();
  const { limit } = w.dialect.segments!;
  const at = limit - w.pick([0, 1, 2, 3, 4, 7, 8]) + w.pick([0, 0, 1, 2, 4]);
  const index = at > 0xffff ? w.pick(['ebx', 'esi']) : w.pick(['bx', 'si', 'ebx', 'edi']);
  const place = `${width} ${w.pick(['', '', 'es:'])}[${index}]`;
  guarded(
    w,
    `mov ${index},${at}`,
    w.pick([`inc ${place}`, `add ${w.register(width)},${place}`, `mov ${place},${w.register(width)}`]),
  );
};

/** Beyond both ends of the stack; where it grows down from matters. */
export const stackLimits: Ingredient = w => {
  const { low, high } = w.dialect.segments!.stack;
  const [sp, step] = [w.wide('sp'), w.step];
  const at = w.pick([low, low + step, low + 1, high, high - step, high - 1, high + 1]);
  const lines = w.pick([
    [`push ${w.wide('ax')}`],
    [`pop ${w.wide('ax')}`],
    ['pushaw'],
    ['enter 8,0'],
    [`call ${w.functions > 0 ? 'f0' : 'main'}`],
  ]);
  // The handler needs a stack, and the same one unless there is a change of privilege.
  if (!w.dialect.innerStack) return few(w);
  w.emit(`mov ${w.natural} ${w.cell(Cell.stack)},${sp}`);
  guarded(w, `mov ${sp},${at}`, ...lines);
  w.emit(`mov ${sp},${w.cell(Cell.stack)}`);
};

/** Offsets that wrap at 64 KiB: 16-bit addresses do. */
export const wrapping: Ingredient = w => {
  const r = w.pick(['bx', 'si', 'di']);
  const width = w.width();
  guarded(
    w,
    `mov ${r},${0xfff0 + w.below(16)}`,
    `${w.pick(['mov', 'add'])} ${width === 'byte' ? 'al' : width === 'word' ? 'dx' : 'edx'},${width} [${r}+${w.below(32)}]`,
  );
};

/** A function that ends with the segment, or runs over its end. */
export const lastBytes: Ingredient = w => {
  guarded(w, 'call 0xfff0');
};

/** From FFF0h: a loop, then to the last byte. */
export function writeLastBytes(w: Writer): void {
  w.in('top', () => {
    w.emit('mov cx,5', 'top:', 'add bx,cx', 'dec cx', 'jnz short top', 'add dx,bx', 'xor si,dx', 'inc di', 'nop');
    w.emit(...w.pick([['nop', 'ret'], ['add dx,bx'], ['jnz short top'], ['nop', 'nop']]));
  });
}

/** Strings whose pointers run over an end. */
export const stringLimits: Ingredient = w => {
  const { limit } = w.dialect.segments!;
  const at = Math.min(limit, 0xffff) - w.below(24);
  const backwards = w.once(3);
  const lines = [
    `mov ${w.wide('di')},${at}`,
    `mov ${w.wide('si')},${w.once(2) ? at : w.dialect.data + Cell.bytes}`,
    `mov ${w.wide('cx')},${w.pick([1, 5, 30])}`,
  ];
  guarded(w, ...lines, backwards ? 'std' : 'cld', `rep ${w.pick(['movsb', 'movsd', 'stosw', 'lodsw', 'movsw'])}`);
  w.emit('cld');
};

/** The same code by two segments, one of which may end before it does. */
export const shortCode: Ingredient = w => {
  const { code } = w.dialect.segments!;
  const f = w.label();
  const [counter, head] = [w.counter(), w.label()];
  const wide = w.dialect.bits === 32;
  w.emit(`mov ${counter},${2 + w.below(10)}`, `${head}:`, `call ${code}:${f}`);
  guarded(w, `call ${Selector.programShort | w.dialect.privilege}:${f}`);
  w.emit(`dec ${counter}`, `jnz ${head}`);
  w.later(() => {
    const [own, inner] = [w.counter(), w.label()];
    w.emit(`${f}:`, `mov ${own},${2 + w.below(6)}`, `${inner}:`);
    few(w, 3);
    w.emit(`dec ${own}`, `jnz ${inner}`, wide ? 'retfd' : 'retfw');
  });
};

/** A far call of a function of the program, by a pointer in the instruction or in memory, or one that PUSH makes up. */
export const farCall: Ingredient = w => {
  const { code } = w.dialect.segments!;
  const f = w.label();
  const wide = w.dialect.bits === 32;
  switch (w.below(3)) {
    case 0:
      w.emit(`call ${code}:${f}`);
      break;
    case 1: {
      const at = w.dialect.data + Cell.pointer;
      w.emit(`mov ${w.natural} [${at}],${f}`, `mov word [${at + w.step}],${code}`, `callf [${at}]`);
      break;
    }
    default: {
      const behind = w.label();
      w.emit(
        `push ${code}`,
        `mov ${w.wide('ax')},${behind}`,
        `push ${w.wide('ax')}`,
        wide ? 'retfd' : 'retfw',
        `${behind}:`,
      );
      return;
    }
  }
  w.later(() => {
    w.emit(`${f}:`);
    few(w, 3);
    w.emit(w.once(3) ? 'nop' : `add ${w.wide('bx')},1`, wide ? 'retfd' : 'retfw');
  });
};

/** LDS and its kin, with pointers to data that is there. */
export const farPointer: Ingredient = w => {
  const at = w.dialect.data + Cell.pointer;
  w.emit(
    `mov ${w.natural} [${at}],${w.dialect.data + Cell.bytes + w.below(0x400)}`,
    `mov word [${at + w.step}],${w.dialect.dataSelector}`,
  );
  const [name, register] = w.pick([
    ['les', 'di'],
    ['lds', 'si'],
    ['lfs', 'bx'],
    ['lgs', 'bx'],
  ] as const);
  w.emit(
    `${name} ${w.wide(register)},[${at}]`,
    `mov ${w.register('byte')},${name === 'les' ? 'es:' : ''}[${w.wide(register)}]`,
  );
  restoreAlias(w, name);
};

/** FS may be how the program writes its code. */
function restoreAlias(w: Writer, name: string): void {
  const { alias } = w.dialect.segments!;
  if (name === 'lfs' && alias !== undefined) w.emit(`mov ax,${alias}`, 'mov fs,ax');
}

/** Another data segment for a while. */
export const otherData: Ingredient = w => {
  const { others } = w.dialect.segments!;
  const name = w.pick(['es', 'gs', 'es']);
  w.emit(`mov ax,${w.pick(others)}`, `mov ${name},ax`);
  const width = w.width();
  const place = `${width} ${name}:[${w.wide('bx')}+${w.below(100)}]`;
  const lines = [`and ${w.wide('bx')},0x3ff`, w.pick([`inc ${place}`, `mov ${w.register(width)},${place}`])];
  guarded(w, ...lines);
  w.emit(`mov ax,${w.dialect.dataSelector}`, `mov ${name},ax`);
};
