/** Ingredients for the stack: what moves its pointer, what reaches past it, where it lies, and code on it. */
import { few } from './control.ts';
import { Cell } from './layout.ts';
import type { Ingredient } from './writer.ts';

export const pushAndPop: Ingredient = w => {
  const [a, b] = [w.register(w.natural), w.register(w.natural)];
  switch (w.below(7)) {
    case 0:
      w.emit(`push ${a}`, `push ${b}`, `pop ${a}`, `pop ${b}`);
      break;
    case 1: {
      const place = w.memory(w.natural);
      w.emit(`push ${place}`, `pop ${a}`);
      break;
    }
    case 2: {
      w.emit(`push ${a}`);
      const place = w.memory(w.natural);
      w.emit(`pop ${place}`);
      break;
    }
    case 3:
      w.emit(`push ${w.immediateFor(w.natural)}`, `push ${w.below(100)}`, `pop ${a}`, `pop ${b}`);
      break;
    case 4:
      w.emit(w.dialect.bits === 32 ? 'pushad' : 'pushaw', `mov ${a},5`, w.dialect.bits === 32 ? 'popad' : 'popaw');
      break;
    case 5:
      // The other width.
      w.emit(`push ${w.register(w.natural === 'word' ? 'dword' : 'word')}`);
      few(w, 1);
      w.emit(`pop ${w.register(w.natural === 'word' ? 'dword' : 'word')}`);
      break;
    default:
      w.emit(`push ${w.wide('sp')}`, `pop ${a}`);
  }
};

/** Frames of functions, with EBP and without. */
export const frame: Ingredient = w => {
  const [bp, sp, step] = [w.wide('bp'), w.wide('sp'), w.step];
  const bytes = step * (1 + w.below(12));
  const local = () => `${w.natural} [${bp}-${step * (1 + w.below(bytes / step))}]`;
  if (w.once(2)) w.emit(`enter ${bytes},${w.pick([0, 0, 0, 1, 3])}`);
  else w.emit(`push ${bp}`, `mov ${bp},${sp}`, `sub ${sp},${bytes}`);
  for (let i = w.below(5); i > 0; i--) {
    const r = w.register(w.natural).replace(/e?bp/, w.wide('ax'));
    w.emit(w.pick([`mov ${local()},${r}`, `add ${r},${local()}`, `inc ${local()}`, `push ${local()}`]));
  }
  w.emit('leave');
};

/** Places relative to ESP: 16-bit addresses have no such thing. */
export const relative: Ingredient = w => {
  const step = w.step;
  const count = 2 + w.below(5);
  const slot = (beyond = 0) => `${w.natural} [esp+${step * w.below(count + beyond)}]`;
  w.emit(...Array.from({ length: count }, () => `push ${w.register(w.natural)}`));
  for (let i = 1 + w.below(4); i > 0; i--) {
    const r = w.register(w.natural);
    w.emit(
      w
        .pick([
          `mov ${r},${slot(3)}`,
          `xchg ${slot()},${r}`,
          `add ${slot()},${r}`,
          `mov byte [esp+${w.below(count * step)}],${w.register('byte')}`,
          `inc word [esp+${w.below(count * step - 1)}]`,
          `push ${slot()}\npop ${slot()}`,
          `mov esi,esp\nadd [esi],${w.register('dword')}`,
          `lea edi,[esp+${step}]\nmov ${r},[edi]`,
        ])
        .replaceAll('\n', ';'),
    );
  }
  if (w.once(3)) w.emit(`lea esp,[esp+${count * step}]`);
  else if (w.once(2)) w.emit(`add ${w.wide('sp')},${count * step}`);
  else w.emit(...Array.from({ length: count }, () => `pop ${w.register(w.natural)}`));
};

/** A while on another part of the stack: near the end of a page, misaligned, or far down. */
export const elsewhere: Ingredient = (w, depth) => {
  const [sp, ax] = [w.wide('sp'), w.wide('ax')];
  const mask = w.dialect.bits === 32 ? 0xfffff000 : 0xf000;
  w.emit(`mov ${ax},${sp}`, `and ${ax},${mask}`);
  w.emit(`sub ${ax},${w.pick([0, 0x1000, 0x2000])}`, `add ${ax},${w.pick([4, 8, 0x10, 0x18, 2, 7])}`);
  w.emit(`xchg ${sp},${ax}`, `push ${ax}`);
  for (let i = 1 + w.below(4); i > 0; i--) w.ingredient(Math.min(depth, 1));
  w.emit(`pop ${sp}`);
};

/** ESP moves by what only execution knows. */
export const adjusted: Ingredient = w => {
  const [sp, ax] = [w.wide('sp'), w.wide('ax')];
  switch (w.below(3)) {
    case 0:
      w.emit(`mov ${w.cell(Cell.stack)},${sp}`, `and ${sp},${w.pick([-16, -64, -4])}`);
      break;
    case 1:
      w.emit(`mov ${w.cell(Cell.stack)},${sp}`, `and ${ax},0x3c`, `sub ${sp},${ax}`);
      break;
    default:
      w.emit(`mov ${w.cell(Cell.stack)},${sp}`, `sub ${sp},${4 + w.below(300)}`);
  }
  w.emit(`push ${ax}`);
  few(w, 2);
  w.emit(`pop ${w.wide('dx')}`, `mov ${sp},${w.cell(Cell.stack)}`);
};
