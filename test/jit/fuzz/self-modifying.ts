/** Ingredients that write code: immediates, opcodes, what comes next, callers, whole functions; by the processor, by strings and by a device. */
import { few } from './control.ts';
import { Port } from './layout.ts';
import { CONDITIONS } from './operations.ts';
import type { Ingredient, Writer } from './writer.ts';

/** MOV eAX, with an immediate, as bytes; its label begins with P: what is outside the program may write there too. */
function patchable(w: Writer, at: string): void {
  const bytes = Array.from({ length: w.step }, () => w.below(256));
  w.patchable.push(at);
  w.emit(`${at}:`, `db ${w.pick([0xb8, 0xba, 0xbb, 0x05, 0x2d])},${bytes.join(',')}`);
}

/** One byte each, without operands: what opcodes may become. */
const SINGLE = [0x90, 0x40, 0x43, 0x4b, 0x4a, 0xf8, 0xf9, 0xf5, 0x98, 0x99];

export const immediateAhead: Ingredient = w => {
  const at = w.label('P');
  const byte = w.code(at, 1 + w.below(w.step));
  w.emit(
    w.pick([`inc byte ${byte}`, `add byte ${byte},${w.below(100)}`, `mov byte ${byte},dl`, `xor byte ${byte},al`]),
  );
  few(w, 2);
  patchable(w, at);
};

export const immediateBehind: Ingredient = w => {
  const at = w.label('P');
  patchable(w, at);
  few(w, 2);
  w.emit(`inc ${w.pick(['byte', w.natural])} ${w.code(at, 1)}`);
};

export const opcode: Ingredient = w => {
  const at = w.label();
  const change = w.pick([`mov byte ${w.code(at)},${w.pick(SINGLE)}`, `xor byte ${w.code(at)},8`]);
  w.emit(change);
  // The next instruction, or one a little later.
  if (w.once(2)) few(w, 2);
  w.emit(`${at}:`, `db ${w.pick([0x40, 0x43, 0x4a, 0x4b])}`);
};

/** The callee changes an instruction that follows its call. */
export const inCaller: Ingredient = w => {
  const f = w.label();
  const r = w.wide('bx');
  w.emit(`call ${f}`, `db ${w.pick([0x40, 0x42])}`);
  w.later(() => {
    w.emit(`${f}:`, `pop ${r}`, `push ${r}`, `xor byte ${w.dialect.codePrefix}[${r}],8`);
    few(w, 2);
    w.emit('ret');
  });
};

/** A jump whose condition, or distance, alternates. */
export const branchItself: Ingredient = w => {
  const [at, over] = [w.label(), w.label()];
  w.emit(`xor byte ${w.code(at)},${w.pick([1, 2, 8])}`, `cmp ${w.register('byte')},${w.below(100)}`);
  w.emit(`${at}:`, `j${w.pick(CONDITIONS)} short ${over}`);
  few(w, 1);
  w.emit(`${over}:`);
};

/** A function copied over another, which is then called; by REP MOVS mostly. */
export const copied: Ingredient = w => {
  const [space, first, second] = [w.label('S'), w.label('F'), w.label('F')];
  const [si, di, cx, ax] = [w.wide('si'), w.wide('di'), w.wide('cx'), w.wide('ax')];
  const [before, after] = w.dialect.codeToEs;
  w.emit(`mov ${si},${first}`, `mov ${ax},${second}`, `cmp ${w.register('byte')},${w.below(200)}`);
  w.emit(`cmov${w.pick(CONDITIONS)} ${si},${ax}`, `mov ${di},${space}`, `mov ${cx},${w.pick([12, 16, 40])}`);
  w.emit(...before);
  // The source is code too.
  if (w.dialect.codePrefix) w.emit('db 0x2e');
  w.emit('rep movsb', ...after, `call ${space}`);
  w.later(() => {
    const step = w.pick([0x40, 0x4b]);
    w.emit(`${first}:`, `db ${step},${step},0x43,0xc3`, `dd ${'0x90909090,'.repeat(9)}0x90909090`);
    w.emit(`${second}:`);
    for (let i = 0; i < 3; i++) w.emit(`add ${w.register('word')},${w.below(100)}`);
    w.emit(
      'ret',
      `dd ${'0x90909090,'.repeat(9)}0x90909090`,
      `${space}:`,
      'ret',
      `dd ${'0x90909090,'.repeat(9)}0x90909090`,
    );
  });
};

/** A run of one-byte instructions filled with others by REP STOS. */
export const filled: Ingredient = w => {
  const at = w.label();
  const count = 1 + w.below(40);
  const [before, after] = w.dialect.codeToEs;
  w.emit(`mov ${w.wide('di')},${at}`, `mov ${w.wide('cx')},${1 + w.below(count)}`, `mov al,${w.pick(SINGLE)}`);
  w.emit(...before, 'rep stosb', ...after);
  if (w.once(2)) few(w, 1);
  w.emit(`${at}:`, `db ${Array.from({ length: count }, () => w.pick(SINGLE)).join(',')}`);
};

/** Data in the same page as code, and in the same line. */
export const beside: Ingredient = w => {
  const [at, over] = [w.label('D'), w.label()];
  const width = w.width();
  const place = `${width} ${w.code(at, w.below(60))}`;
  w.emit(
    w.pick([
      `add ${place},${w.register(width)}`,
      `mov ${place},${w.register(width)}`,
      `mov ${w.register(width)},${place}`,
    ]),
  );
  const data = () => w.emit(`${at}:`, `dd ${'1,'.repeat(15)}2`);
  if (w.once(2)) w.later(data);
  else {
    w.emit(`jmp ${over}`);
    data();
    w.emit(`${over}:`);
  }
};

/** Code is made up on the stack and called there. */
export const onStack: Ingredient = w => {
  const r = w.wide('bx');
  // INC, DEC, NOP and RET; the stack is in the code segment in flat kinds alone.
  const code = w.pick([0xc3404043, 0xc3904b40, 0xc34a90f9]);
  w.emit(`push 0x${code.toString(16)}`, `mov ${r},esp`, `call ${r}`, `add esp,4`);
};

/** A device writes over code. */
export const byDevice: Ingredient = w => {
  const at = w.label('P');
  // Here, or anywhere in the program.
  const target = w.once(2) && w.patchable.length > 0 ? w.pick(w.patchable) : at;
  if (w.dialect.open) {
    w.emit('push eax', `mov eax,${target}`, `add eax,${w.dialect.codeBase + 1}`, `out ${Port.address},eax`);
    w.emit('mov al,dl', `out ${Port.dma},al`, 'pop eax');
  }
  if (w.once(2)) few(w, 2);
  patchable(w, at);
};
