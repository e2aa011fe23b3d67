/** Text typed on the guest's keyboard, as a terminal sends it. */
import type { Pc } from '../machine/pc.ts';

/** A terminal's Enter and Backspace keys, and a file's line ends, as the keys of a PC. */
const KEYS: Readonly<Record<string, string>> = { '\r': '\n', '\x7f': '\b' };
/** Keys that terminals send as escape sequences, by KeyboardEvent code. */
const SEQUENCES: Readonly<Record<string, string>> = {
  '\x1b[A': 'ArrowUp',
  '\x1b[B': 'ArrowDown',
  '\x1b[C': 'ArrowRight',
  '\x1b[D': 'ArrowLeft',
  '\x1b[H': 'Home',
  '\x1b[F': 'End',
  '\x1b[2~': 'Insert',
  '\x1b[3~': 'Delete',
  '\x1b[5~': 'PageUp',
  '\x1b[6~': 'PageDown',
};

export function typeOn(pc: Pc, typed: string): void {
  let text = typed;
  while (text !== '') {
    const sequence = Object.keys(SEQUENCES).find(s => text.startsWith(s));
    if (sequence === undefined) {
      pc.keyboard.type(KEYS[text[0]!] ?? text[0]!);
      text = text.slice(1);
      continue;
    }
    pc.keyboard.press(SEQUENCES[sequence]!);
    pc.keyboard.release(SEQUENCES[sequence]!);
    text = text.slice(sequence.length);
  }
}
