/** Operands in memory as kinds make them up: valid mostly, for which lines are written that bring registers into bounds. */
import { Cell } from './layout.ts';
import type { Writer } from './writer.ts';

const INDICES = ['ebx', 'esi', 'edi'] as const;

/** 32-bit: constant, indexed, below the stack pointer, across pages, by other segments; anywhere once in a while. */
export function wideAddress(w: Writer): string {
  const { data } = w.dialect;
  const bytes = data + Cell.bytes;
  const index = w.pick(INDICES);
  switch (w.below(10)) {
    case 0:
    case 1:
    case 2:
      return `[${bytes + w.below(0x1000)}]`;
    case 3:
    case 4:
      w.emit(`and ${index},0x3ff`);
      if (index === 'ebx' && w.once(3))
        w.emit(w.pick([`mov bl,${w.register('byte')}`, 'movzx bx,bl', 'xor bl,bh']), 'and bh,3');
      if (w.once(6)) w.emit(`and ${index},0x3fc`);
      return `[${index}*${w.pick([1, 2, 4, 8])}+${bytes + w.below(16)}]`;
    case 5: {
      const other = w.pick(['eax', 'edx', 'ebp']);
      w.emit(`and ${index},0x7fc`, `and ${other},0x3ff`);
      return `${w.pick(['', '', 'es:', 'ds:'])}[${index}+${other}*2+${bytes}]`;
    }
    case 6:
      return `[esp-${4 + w.below(100)}]`;
    case 7:
      return `[${data + 0x1000 * (1 + w.below(5)) - w.below(6)}]`;
    case 8:
      w.emit(`mov ${index},${bytes + w.below(0x2000)}`);
      return `[${index}+${w.below(200) - 100}]`;
    default:
      return w.once(12) ? `[${index}+${w.below(100)}]` : `[${bytes + 4 * w.below(0x100)}]`;
  }
}

const PAIRS = ['bx+si', 'bx+di', 'bp+si', 'bp+di'] as const;

/** 16-bit addresses of every form, 32-bit ones below 64 KiB, other segments; near the ends of pages and, seldom, of the segment. */
export function narrowAddress(w: Writer): string {
  const { data } = w.dialect;
  const bytes = data + Cell.bytes;
  switch (w.below(10)) {
    case 0:
    case 1:
      return `[${bytes + w.below(0x1000)}]`;
    case 2:
    case 3: {
      const r = w.pick(['bx', 'si', 'di']);
      w.emit(`and ${r},0x3ff`);
      return `[${r}+${bytes + w.below(16)}]`;
    }
    case 4: {
      const pair = w.pick(PAIRS);
      const [a, b] = pair.split('+');
      w.emit(`and ${a},0x1ff`, `and ${b},0x1ff`);
      return `${w.pick(pair.startsWith('bp') ? ['es:', 'ds:'] : ['', 'es:', 'ds:'])}[${pair}+${bytes}]`;
    }
    case 5: {
      const r = w.pick(['ebx', 'esi', 'edx']);
      w.emit(`and ${r},0x3ff`);
      return `[${r}*${w.pick([1, 2, 4])}+${bytes}]`;
    }
    case 6:
      return `[${data + 0x1000 * (1 + w.below(5)) - w.below(6)}]`;
    case 7:
      w.emit('mov bp,sp');
      return `[bp-${4 + w.below(60)}]`;
    case 8: {
      const r = w.pick(['bx', 'si', 'di']);
      w.emit(`mov ${r},${bytes + w.below(0x2000)}`);
      return `${w.pick(['', '', 'es:'])}[${r}+${w.below(100)}]`;
    }
    default:
      return w.once(16) ? `[${w.pick(['bx', 'si', 'ebx'])}+${w.below(100)}]` : `[${bytes + 2 * w.below(0x200)}]`;
  }
}
