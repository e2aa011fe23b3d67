/** Ingredients that the processor's own machinery is in: faults with handlers, INT, flags of control, ports, single steps, HLT, far transfers. */
import { few } from './control.ts';
import { Cell, Layout, Port, Selector } from './layout.ts';
import { plain } from './operations.ts';
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

/** A fault in the middle of a run of instructions, whose flags it shows. */
export const faultAmid: Ingredient = w => {
  const lines = Array.from({ length: 2 + w.below(8) }, () => plain(w));
  const { bad } = w.dialect;
  const fault =
    bad === undefined || w.once(3)
      ? 'ud2'
      : w.pick([`mov ${w.register('dword')},${bad}`, `add word ${bad},5`, `push word ${bad}`, `adc ${bad},ebx`]);
  const at = w.below(lines.length);
  guarded(w, ...lines.slice(0, at), fault, ...lines.slice(at));
};

/** The same, where the processor repairs what has failed, or nothing failed: the run goes on behind it. */
export const accessAmid: Ingredient = w => {
  for (let i = 2 + w.below(4); i > 0; i--) w.emit(plain(w));
  const width = w.width();
  const index = w.pick(w.dialect.bits === 32 ? ['ebx', 'esi'] : ['bx', 'si']);
  // The page may be missing; the access may be across two.
  const address = `[${index}+${w.dialect.data + Cell.bytes + 0x1000 * w.below(4)}]`;
  w.emit(`and ${index},0xfff`, `${w.pick(['mov', 'xchg', 'and'])} ${width} ${address},${w.register(width)}`);
  for (let i = 2 + w.below(4); i > 0; i--) w.emit(plain(w));
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

/** Memory of a device, and of a ROM: neither is a plain hit, ever. */
export const deviceMemory: Ingredient = w => {
  const { bits } = w.dialect;
  const width = w.width();
  const write = w.once(3);
  const base = w.pick([Layout.device, Layout.device, Layout.rom]);
  const at = w.below(0x100);
  const flat = bits === 32;
  const place = flat ? `${width} [${base + at}]` : `${width} es:[${at}]`;
  if (!flat) w.emit('push es', `mov ax,${base >> 4}`, 'mov es,ax');
  w.emit(
    write ? `${w.pick(['mov', 'add', 'xchg'])} ${place},${w.register(width)}` : `add ${w.register(width)},${place}`,
  );
  if (!flat) w.emit('pop es');
};

/** Breakpoints on data or code, for a while: #DB is a trap after the one, a fault before the other. */
export const breakpoints: Ingredient = w => {
  const linear = w.pick([Layout.data + Cell.bytes + w.below(0x1000), Layout.data + Cell.counters + 4 * w.below(8)]);
  const kind = w.pick([1, 3, 1, 3]);
  const length = w.pick([0, 1, 3]);
  const dr7 = 0x402 | (kind << 16) | (length << 18);
  w.seldom(w.pick([4, 8]), () =>
    w.dialect.privileged!(w, [`mov eax,${linear}`, 'mov dr0,eax', `mov eax,${dr7}`, 'mov dr7,eax']),
  );
  few(w, 3);
  w.seldom(2, () => w.dialect.privileged!(w, ['mov eax,0x400', 'mov dr7,eax']));
};

/** A breakpoint on an instruction of the program itself. */
export const executionBreakpoint: Ingredient = w => {
  const at = w.label();
  w.seldom(4, () => {
    w.emit(`mov ebx,${at}`);
    if (w.dialect.codeBase !== 0) w.emit(`add ebx,${w.dialect.codeBase}`);
    w.dialect.privileged!(w, ['mov dr1,ebx', 'mov eax,0x408', 'mov dr7,eax']);
  });
  few(w, 2);
  w.emit(`${at}:`);
  few(w, 2);
  w.seldom(2, () => w.dialect.privileged!(w, ['mov eax,0x400', 'mov dr7,eax']));
};

/** SYSENTER, whose handler returns to EDX with ECX as stack pointer. */
export const fastCall: Ingredient = w => {
  const behind = w.label();
  w.emit('push ecx', 'push edx', `mov edx,${behind}`, 'mov ecx,esp', 'sysenter', `${behind}:`, 'pop edx', 'pop ecx');
};

/** A function that is called by the program, and from CPL 0 by whatever does what only that may. */
export const shared: Ingredient = w => {
  const f = w.label();
  const counter = w.counter();
  const head = w.label();
  w.emit(`mov ${counter},${2 + w.below(12)}`, `${head}:`, `call ${f}`);
  w.dialect.privileged!(w, [`call ${f}`]);
  w.emit(`dec ${counter}`, `jnz ${head}`);
  w.later(() => {
    w.emit(`${f}:`);
    few(w, 3);
    w.emit('ret');
  });
};

/** Another task, called and come back from. */
export const taskSwitch: Ingredient = w => {
  w.seldom(4, () => guarded(w, `call ${Selector.otherTask}:0`));
};

/** Flat no longer: ES or DS has a base and a limit for a while, and the code is decoded anew for that. */
export const notFlat: Ingredient = w => {
  const name = w.pick(['es', 'ds']);
  const recover = `${w.natural} ${w.cell(Cell.recover)}`;
  const behind = w.label();
  const lines: string[] = [];
  for (let i = 1 + w.below(4); i > 0; i--) {
    const place = `${name}:[${w.below(0x1000)}]`;
    lines.push(
      w
        .pick([`add ebx,${place}`, `inc byte ${place}`, 'add ecx,ebx', 'push ebx\npop edx', `mov ${place},ax`])
        .replace('\n', ';'),
    );
  }
  w.emit(
    `mov ${recover},${behind}`,
    `mov ax,${Selector.programData | w.dialect.privilege}`,
    `mov ${name},ax`,
    ...lines,
    `${behind}:`,
  );
  w.emit(`mov ax,${w.dialect.dataSelector}`, `mov ${name},ax`, `mov ${recover},main`);
};
