/** Accesses by one register at several displacements, as to the fields of a record: within a page and across two, changed in between. */
import { few } from './control.ts';
import { Cell } from './layout.ts';
import type { Ingredient, Writer } from './writer.ts';

const REGISTERS = { byte: ['al', 'dl', 'ah'], word: ['ax', 'dx'], dword: ['eax', 'edx'] } as const;

/** So many accesses by a base and perhaps an index, which is below 16; the registers named are EAX and EDX alone. */
export function fields(w: Writer, base: string, index: string, count: number): void {
  for (let i = count; i > 0; i--) {
    const width = w.width();
    const register = w.pick(REGISTERS[width]);
    const sum = w.once(3) ? `${base}+${index}*${w.pick([1, 2, 4])}` : base;
    const place = `[${sum}+${w.below(96) - 48}]`;
    w.emit(
      w.pick([
        `mov ${register},${place}`,
        `mov ${register},${place}`,
        `mov ${place},${register}`,
        `add ${register},${place}`,
        `xor ${place},${register}`,
        `cmp ${place},${register}`,
        `inc ${width} ${place}`,
      ]),
    );
  }
}

/** Fields of a record that lies anywhere in the data, at the end of a page too; the base moves on, or is loaded anew, or the way parts in between. */
export const record: Ingredient = w => {
  const wide = w.dialect.bits === 32;
  const base = w.wide('bx');
  const index = w.wide('si');
  const { data } = w.dialect;
  const at = data + w.pick([Cell.bytes + 64 + w.below(0x800), 0x1000 * (1 + w.below(3)) + w.below(64) - 32]);
  w.emit(`mov ${base},${at}`, `and ${index},15`);
  // 16-bit addresses have no scale.
  if (wide) fields(w, base, index, 2 + w.below(4));
  else for (let i = 2 + w.below(3); i > 0; i--) w.emit(`add ${w.pick(['ax', 'dx'])},[bx+${w.below(64)}]`);
  const end = w.label();
  w.emit(w.pick([`add ${base},${w.below(8)}`, `mov ${base},${at + w.below(16)}`, `test al,1`]), `jz ${end}`);
  if (wide) fields(w, base, index, 1 + w.below(3));
  w.emit(`${end}:`);
  if (wide) fields(w, base, index, 1 + w.below(3));
  if (w.once(3)) few(w, 2);
};
