/** Ingredients that go from one code segment to another: of the other width, of CPL 0 by a gate. */
import { Selector } from './layout.ts';
import { CONDITIONS } from './operations.ts';
import type { Ingredient, Writer } from './writer.ts';

/** Registers alone: the code of the other width knows nothing of segments. */
function registers(w: Writer): void {
  const width = w.width();
  w.emit(
    `${w.pick(['add', 'sub', 'xor', 'adc', 'cmp', 'imul'])} ${w.register(width === 'byte' ? 'word' : width)},${w.register(width === 'byte' ? 'word' : width)}`,
  );
}

/** A function of the other width, which returns as the caller's width wants it. */
export const otherWidth: Ingredient = w => {
  const f = w.label('G');
  w.emit(`call ${Selector.otherCode | w.dialect.privilege}:0`);
  // Far pointers know the labels of their own section alone: the entry is found through a jump at the beginning.
  w.in('other', () => {
    const head = w.label();
    w.emit(`${f}:`);
    registers(w);
    w.emit('push ax', `mov ax,${3 + w.below(9)}`, `${head}:`);
    registers(w);
    if (w.once(2)) w.emit(`set${w.pick(CONDITIONS)} dl`);
    w.emit('dec ax', `jnz ${head}`, 'pop ax', w.dialect.bits === 32 ? 'retfd' : 'retfw');
  });
};

/** A function at CPL 0 and back. */
export const gated: Ingredient = w => {
  w.emit(`call ${Selector.callGate | w.dialect.privilege}:0`);
};

export function writeGated(w: Writer): void {
  w.in('handlers', () => {
    w.emit('gated:', 'add ebx,3');
    if (w.once(2)) w.emit('pushfd', 'pop edx');
    w.emit('retfd');
  });
}
