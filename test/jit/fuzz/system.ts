/** Ingredients that the processor's own machinery is in: faults with handlers, INT, flags of control, ports, single steps, HLT, far transfers. */
import { few } from './control.ts';
import { Cell, Port, Selector } from './layout.ts';
import type { Ingredient, Writer } from './writer.ts';

/** Lines that fault, after which the program goes on behind them. */
export function guarded(w: Writer, ...lines: string[]): void {
  const behind = w.label();
  const recover = `${w.natural} ${w.cell(Cell.recover)}`;
  w.emit(`mov ${recover},${behind}`, ...lines, `${behind}:`, `mov ${recover},main`);
}

export const divideError: Ingredient = w => {
  const divide = w.pick(['div bl', 'div bx', 'idiv ebx', 'idiv bx']);
  // Now and then it does not fault.
  guarded(w, w.once(3) ? `and ebx,${w.pick([1, 3])}` : 'mov ebx,0', w.pick(['cwd', 'mov edx,0']), divide);
};

export const undefinedOpcode: Ingredient = w => {
  const bytes = w.pick(['ud2', 'db 0x0f,0xff', 'db 0xf0,0x90', 'db 0x8d,0xc0']);
  if (w.once(3)) guarded(w, bytes);
  else w.seldom(8, () => guarded(w, bytes));
};

/** Selectors that may not be loaded, or may; an instruction for CPL 0. */
export const protection: Ingredient = w => {
  const selector = w.pick([Selector.absent, Selector.code, Selector.readOnly, 0x1234, Selector.userData, 0]);
  const load = w.pick(['ds', 'es', 'fs', 'gs', 'ss']);
  // The cells are in DS: it is as it should be before they are written.
  const restore = load === 'ss' ? [] : [`mov ax,${w.dialect.dataSelector}`, `mov ${load === 'gs' ? 'es' : load},ax`];
  const behind = w.label();
  w.emit(
    `mov ${w.natural} ${w.cell(Cell.recover)},${behind}`,
    `mov ax,${selector}`,
    `mov ${load},ax`,
    `${behind}:`,
    ...restore,
  );
  w.emit(`mov ${w.natural} ${w.cell(Cell.recover)},main`);
};

/** Segment registers loaded with what they hold, or with each other: a block ends, a region may not. */
export const segments: Ingredient = w => {
  const [a, b] = [w.pick(['ds', 'es']), w.pick(['ds', 'es', 'fs', 'gs'])];
  switch (w.below(4)) {
    case 0:
      w.emit(`push ${a}`, `pop ${b === 'fs' ? 'gs' : a}`);
      break;
    case 1:
      w.emit('push es', `mov ax,${a}`, 'mov es,ax');
      few(w, 2);
      w.emit('pop es');
      break;
    case 2:
      w.emit('mov ax,ss', 'mov ss,ax', `mov ${w.wide('bp')},${w.wide('sp')}`);
      break;
    default:
      w.emit('push ss', 'pop ss', 'nop');
  }
};

export const interrupt: Ingredient = w => {
  const { dialect } = w;
  switch (w.below(5)) {
    case 0:
      guarded(w, w.pick(['int3', 'into', 'int 4']));
      return;
    case 1:
      guarded(w, `bound ${w.wide('bx')},${w.dialect.address(w)}`);
      return;
    default: {
      const vector = w.vector();
      if (vector === undefined) return few(w);
      const handler = dialect.privileged ? 'handlers' : 'main';
      w.emit(`int ${vector}`);
      const write = () => {
        w.emit(`vector${vector}:`);
        if (w.once(2)) w.emit('add bx,7', 'xor dx,bx');
        w.emit(dialect.privileged ? 'iretd' : 'iretw');
      };
      if (handler === 'main') w.later(write);
      else w.in(handler, write);
    }
  }
};

/** Lines that fault where the program may not use ports and the interrupt flag. */
function restricted(w: Writer, ...lines: string[]): void {
  if (w.dialect.open) w.emit(...lines);
  else w.seldom(4, () => guarded(w, ...lines));
}

/** Flags of control by POPF, CLI and STI: each comes back in the end, if a handler lets it. */
export const control: Ingredient = w => {
  const wide = w.dialect.bits === 32;
  const [push, pop, ax] = [wide ? 'pushfd' : 'pushfw', wide ? 'popfd' : 'popfw', w.wide('ax')];
  switch (w.below(5)) {
    case 0:
      restricted(w, 'cli');
      few(w, 2);
      restricted(w, 'sti');
      break;
    case 1:
      restricted(w, 'sti', w.pick(['nop', 'cli', `in al,${Port.clock}`]), 'sti');
      break;
    case 2:
      w.emit('std', w.pick(['lodsb', 'nop', 'stosw']), 'cld');
      break;
    case 3:
      w.emit(push, push, `pop ${ax}`, `xor ${ax},${w.pick([0x200, 0x400, 0x600, 0x4000, 0x3000])}`, `push ${ax}`, pop);
      few(w, 2);
      w.emit(pop);
      break;
    default:
      // AC, which 16-bit POPF does not reach.
      w.emit('pushfd', 'pop eax', `xor eax,${w.pick([0x40000, 0x200000, 0x10000])}`, 'push eax', 'popfd');
      few(w, 3);
      w.emit('pushfd', 'pop eax', 'and eax,0xfffbffff', 'push eax', 'popfd');
  }
};

/** TF is set for a while: the handler of #DB clears it. */
export const singleSteps: Ingredient = w => {
  const wide = w.dialect.bits === 32;
  const ax = w.wide('ax');
  w.seldom(w.pick([8, 32]), () => {
    w.emit(wide ? 'pushfd' : 'pushfw', `pop ${ax}`, `or ${ax},0x100`, `push ${ax}`, wide ? 'popfd' : 'popfw');
  });
  for (let i = 2 + w.below(4); i > 0; i--) w.ingredient(1);
};

/** The device: what it answers depends on the time, and what is told it may interrupt. */
export const ports: Ingredient = w => {
  const acc = w.pick(['al', w.wide('ax'), 'eax']);
  switch (w.below(6)) {
    case 0:
    case 1:
      restricted(w, `in ${acc},${Port.clock}`);
      break;
    case 2:
      restricted(w, `mov dx,${Port.clock}`, `in ${acc},dx`, `out dx,${acc}`);
      break;
    case 3:
      restricted(w, `out ${w.pick([Port.interrupt, Port.interrupt, Port.nmi])},al`);
      break;
    case 4:
      w.seldom(w.pick([1, 8, 16]), () => restricted(w, `out ${w.pick([Port.stop, Port.gate])},al`));
      break;
    default: {
      const [di, cx] = [w.wide('di'), w.wide('cx')];
      w.emit(
        `mov dx,${Port.clock}`,
        `mov ${di},${w.dialect.data + Cell.bytes + w.below(0x1000)}`,
        `mov ${cx},${w.below(20)}`,
      );
      restricted(w, `rep ${w.pick(['insb', 'insw', 'insd'])}`);
    }
  }
};

/** Until the next interrupt, if there may be one. */
export const halt: Ingredient = w => {
  w.seldom(16, () => guarded(w, 'sti', 'hlt'));
};
