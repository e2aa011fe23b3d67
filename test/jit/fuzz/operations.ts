/** Ingredients that compute: arithmetic of every width with registers and memory, what reads and writes flags, strings, exchanges. */
import { Cell } from './layout.ts';
import type { Ingredient, Width, Writer } from './writer.ts';

export const CONDITIONS = [
  'o',
  'no',
  'b',
  'nb',
  'z',
  'nz',
  'be',
  'nbe',
  's',
  'ns',
  'p',
  'np',
  'l',
  'nl',
  'le',
  'nle',
] as const;
const BINARY = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'mov', 'test'];
/** With a memory operand on the right: TEST has it on the left alone. */
const READING = BINARY.slice(0, 9);
const SHIFTS = ['shl', 'shr', 'sar', 'rol', 'ror', 'rcl', 'rcr'];
const BIT_TESTS = ['bt', 'bts', 'btr', 'btc'];
/** Not MOV: LOCK is for what reads and writes. */
const LOCKED = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor'];

export const arithmetic: Ingredient = w => {
  const width = w.width();
  const r = w.any(width);
  const op = w.pick(BINARY);
  w.emit(`${op} ${r},${w.once(3) ? w.immediateFor(width) : w.any(width)}`);
};

export const memory: Ingredient = w => {
  const width = w.width();
  const place = w.memory(width);
  switch (w.below(4)) {
    case 0:
      w.emit(`${w.pick(BINARY)} ${place},${w.immediateFor(width)}`);
      break;
    case 1:
      w.emit(`${w.pick(BINARY)} ${place},${w.any(width)}`);
      break;
    default:
      w.emit(`${w.pick(READING)} ${w.register(width)},${place}`);
  }
};

/** A register or a place in memory. */
function operand(w: Writer, width: Width): string {
  return w.once(3) ? w.memory(width) : w.any(width);
}

export const unary: Ingredient = w => {
  w.emit(`${w.pick(['inc', 'dec', 'not', 'neg'])} ${operand(w, w.width())}`);
};

export const shift: Ingredient = w => {
  const count = w.pick(['1', 'cl', String(w.below(40))]);
  if (w.once(4)) {
    const width = w.pick(['word', 'dword'] as const);
    w.emit(`${w.pick(['shld', 'shrd'])} ${operand(w, width)},${w.register(width)},${count === '1' ? '3' : count}`);
  } else w.emit(`${w.pick(SHIFTS)} ${operand(w, w.width())},${count}`);
};

export const multiply: Ingredient = w => {
  const width = w.pick(['word', 'dword'] as const);
  switch (w.below(3)) {
    case 0:
      w.emit(`imul ${w.register(width)},${operand(w, width)}`);
      break;
    case 1:
      w.emit(`imul ${w.register(width)},${operand(w, width)},${w.pick([3, -7, 1000])}`);
      break;
    default:
      w.emit(`${w.pick(['mul', 'imul'])} ${operand(w, w.width())}`);
  }
};

/** Without #DE: the dividend's high half is zero, the divisor is not. */
export const divide: Ingredient = w => {
  if (w.once(2)) w.emit('mov edx,0', 'or ebx,1', 'div ebx');
  else w.emit('and ax,0x7ff', 'or bl,0x10', 'and bl,0x7f', `${w.pick(['div', 'idiv'])} bl`);
};

export const conditional: Ingredient = w => {
  const width = w.pick(['word', 'dword'] as const);
  switch (w.below(3)) {
    case 0:
      w.emit(`set${w.pick(CONDITIONS)} ${operand(w, 'byte')}`);
      break;
    case 1:
      w.emit(`cmov${w.pick(CONDITIONS)} ${w.register(width)},${operand(w, width)}`);
      break;
    default:
      w.emit(`cmp ${w.register(width)},${operand(w, width)}`);
      for (let i = 1 + w.below(3); i > 0; i--) w.emit(`set${w.pick(CONDITIONS)} ${w.register('byte')}`);
  }
};

export const extend: Ingredient = w => {
  switch (w.below(4)) {
    case 0:
      w.emit(`${w.pick(['movzx', 'movsx'])} ${w.register('dword')},${w.register('word')}`);
      break;
    case 1:
      w.emit(`${w.pick(['movzx', 'movsx'])} ${w.register(w.natural)},${operand(w, 'byte')}`);
      break;
    case 2:
      w.emit(w.pick(['cbw', 'cwd']));
      break;
    default:
      w.emit(`bswap ${w.register('dword')}`);
  }
};

export const exchange: Ingredient = w => {
  const width = w.width();
  switch (w.below(6)) {
    case 0:
      w.emit(`xchg ${w.register(width)},${w.register(width)}`);
      break;
    case 1:
      w.emit(`xchg ${w.memory(width)},${w.register(width)}`);
      break;
    case 2: {
      const place = w.memory(width);
      w.emit(`${w.pick(['', 'lock '])}${w.pick(['cmpxchg', 'xadd'])} ${place},${w.register(width)}`);
      break;
    }
    case 3:
      w.emit(`${w.pick(['cmpxchg', 'xadd'])} ${w.register(width)},${w.register(width)}`);
      break;
    case 4: {
      const place = w.dialect.address(w);
      w.emit(`cmpxchg8b ${place}`);
      break;
    }
    default: {
      const place = w.memory(width);
      w.emit(`lock ${w.pick(LOCKED)} ${place},${w.register(width)}`);
    }
  }
};

export const address: Ingredient = w => {
  const index = w.pick(['eax', 'ecx', 'ebp', 'edi']);
  const bytes = w.below(500) - 250;
  w.emit(
    `lea ${w.register(w.pick(['word', 'dword']))},[${w.register('dword')}+${index}*${w.pick([1, 2, 4, 8])}+${bytes}]`,
  );
};

export const bits: Ingredient = w => {
  const width = w.pick(['word', 'dword'] as const);
  if (w.once(2)) w.emit(`${w.pick(['bsf', 'bsr'])} ${w.register(width)},${operand(w, width)}`);
  else if (w.once(4)) {
    // A bit offset from a register reaches memory far from the operand.
    const place = w.memory(width);
    w.emit(
      `and ${width === 'word' ? 'ax' : 'eax'},0x7ff`,
      `${w.pick(BIT_TESTS)} ${place},${width === 'word' ? 'ax' : 'eax'}`,
    );
  } else w.emit(`${w.pick(BIT_TESTS)} ${operand(w, width)},${w.below(40)}`);
};

/** The six flags by way of AH, the stack and single ones; DF comes back to 0. */
export const flags: Ingredient = w => {
  const [ax, push, pop] = [
    w.wide('ax'),
    w.dialect.bits === 32 ? 'pushfd' : 'pushfw',
    w.dialect.bits === 32 ? 'popfd' : 'popfw',
  ];
  switch (w.below(5)) {
    case 0:
      w.emit('lahf', w.pick(['nop', `add bl,${w.below(100)}`]), 'sahf');
      break;
    case 1:
      w.emit(push, `pop ${w.wide('dx')}`);
      break;
    case 2:
      w.emit(push, `pop ${ax}`, `xor ${ax},${w.pick([1, 4, 0x10, 0x40, 0x80, 0x800, 0x8d5])}`, `push ${ax}`, pop);
      break;
    case 3:
      w.emit('lahf', `mov ${w.register('byte')},ah`);
      break;
    default:
      w.emit(w.pick(['stc', 'clc', 'cmc', 'salc', 'cwd']));
  }
};

export const decimal: Ingredient = w => {
  w.emit(w.pick(['daa', 'das', 'aaa', 'aas', 'aam 10', 'aad 10', 'aam 7']));
};

/** With REP and without, forwards and backwards, also of nothing. */
export const strings: Ingredient = w => {
  const { data } = w.dialect;
  const [si, di, cx] = [w.wide('si'), w.wide('di'), w.wide('cx')];
  const from = () => data + Cell.bytes + w.below(0x1800);
  const letter = w.pick(['b', 'w', 'd']);
  const op = w.pick(['movs', 'stos', 'lods', 'scas', 'cmps']);
  const backwards = w.once(5);
  const repeat = w.pick(['', 'rep ', op === 'scas' || op === 'cmps' ? 'repne ' : 'rep ']);
  if (backwards) w.emit('std');
  w.emit(`mov ${si},${from()}`, `mov ${di},${from()}`, `mov ${cx},${w.pick([0, 1, 3, 20, 70, 200, 1000])}`);
  w.emit(`${repeat}${op}${letter}`);
  if (w.once(3)) w.emit(`${w.pick(['movs', 'lods', 'stos'])}${letter}`);
  if (backwards) w.emit('cld');
};

export const translate: Ingredient = w => {
  w.emit(`mov ${w.wide('bx')},${w.dialect.data + Cell.bytes + w.below(0x800)}`, 'xlat');
};

/** Time and identity: what instructions ask of the processor. */
export const questions: Ingredient = w => {
  if (w.once(3)) w.emit('push ebx', `and eax,${w.pick([0, 1, 3])}`, 'cpuid', 'pop ebx');
  else w.emit('rdtsc');
};

/** One instruction on registers that cannot fault: what writes flags, reads them, keeps some, or none at all. */
export function plain(w: Writer): string {
  const width = w.width();
  const [a, b] = [w.any(width), w.any(width)];
  switch (w.below(14)) {
    case 0:
    case 1:
      return `${w.pick(['add', 'sub', 'and', 'or', 'xor', 'cmp', 'test'])} ${a},${b}`;
    case 2:
      return `${w.pick(['add', 'sub', 'cmp', 'test', 'and'])} ${a},${w.immediateFor(width)}`;
    case 3:
    case 4:
      return `${w.pick(['adc', 'sbb'])} ${a},${w.once(3) ? w.immediateFor(width) : b}`;
    case 5:
      return `${w.pick(['inc', 'dec', 'neg', 'not'])} ${a}`;
    case 6:
      return `${w.pick(['rcl', 'rcr'])} ${a},${w.pick(['1', 'cl', '3'])}`;
    case 7:
      return `${w.pick(['shl', 'shr', 'sar', 'rol', 'ror'])} ${a},${w.pick(['1', 'cl', '5', '0', '31'])}`;
    case 8:
      return `set${w.pick(CONDITIONS)} ${w.any('byte')}`;
    case 9: {
      const wide = w.pick(['word', 'dword'] as const);
      return `cmov${w.pick(CONDITIONS)} ${w.register(wide)},${w.any(wide)}`;
    }
    case 10:
      return w.pick(['stc', 'clc', 'cmc', 'salc', 'lahf', 'sahf', 'cwd', 'cbw', 'daa', 'aaa']);
    case 11:
      return `${w.pick(['xadd', 'cmpxchg', 'xchg'])} ${a},${w.register(width)}`;
    case 12: {
      const wide = w.pick(['word', 'dword'] as const);
      const [c, d] = [w.any(wide), w.register(wide)];
      return w.pick([
        `bt ${c},${d}`,
        `btc ${c},${w.below(32)}`,
        `bsf ${d},${c}`,
        `shld ${c},${d},cl`,
        `imul ${d},${c}`,
        `shrd ${c},${d},7`,
      ]);
    }
    default:
      return w.pick([
        `mov ${a},${b}`,
        `lea ${w.register('dword')},[${w.register('dword')}+5]`,
        `movzx ${w.register('dword')},${w.any('byte')}`,
      ]);
  }
}

/** Many of these one after the other: flags that nobody sees are left out there, and comparisons become part of what follows. */
export const straight: Ingredient = w => {
  for (let i = 3 + w.below(12); i > 0; i--) {
    if (w.once(8)) memory(w, 0);
    w.emit(plain(w));
  }
};
