/** 16-bit code in real mode: segments of 64 KiB by paragraph, handlers in the program itself; the same code by several segments; a while in protected mode. */
import type { Cpu } from '../../../src/cpu/cpu.ts';
import { realSegment } from '../../../src/cpu/segments.ts';
import { pokeWords, Random } from '../../cpu/rig.ts';
import { narrowAddress } from './addresses.ts';
import { few } from './control.ts';
import type { Kind, Labels, Section } from './kind.ts';
import { writeProgram } from './kind.ts';
import { Cell, Layout, Port, Selector } from './layout.ts';
import { COMMON } from './mixes.ts';
import * as segmented from './segmented.ts';
import { descriptor, writeDescriptor } from './tables.ts';
import type { Dialect, Ingredient, Writer } from './writer.ts';

export const CODE = Layout.code >> 4;
export const DATA = Layout.data >> 4;
export const STACK = 0x7000;

/** The same bytes of code by another CS, to which offsets are others: jumps within it still lead where they should. */
export const otherBase: Ingredient = w => {
  const [f, back] = [w.label(), w.label()];
  const paragraphs = w.pick([1, 2, 0x10]);
  const counter = w.counter();
  w.emit(`push ${CODE}`, `mov ax,${back}`, 'push ax');
  w.emit(`push ${CODE + paragraphs}`, `mov ax,${f}`, `sub ax,${paragraphs * 16}`, 'push ax', 'retfw', `${back}:`);
  if (w.once(2)) w.emit(`call ${CODE}:${f}`);
  w.later(() => {
    const head = w.label();
    w.emit(`${f}:`, `mov ${counter},${2 + w.below(20)}`, `${head}:`);
    few(w, 2);
    const inner = w.label();
    if (w.once(2)) {
      w.emit(`call ${inner}`);
      w.later(() => w.emit(`${inner}:`, 'inc bx', 'ret'));
    }
    w.emit(`dec ${counter}`, `jnz ${head}`, 'retfw');
  });
};

/** Protected mode and back, with interrupts off: limits and the width of code stay in the caches. */
const protectedMode: Ingredient = w => {
  const [inside, outside] = [w.label(), w.label()];
  w.seldom(4, () => {
    w.emit('cli', 'mov eax,cr0', 'or al,1', 'mov cr0,eax', `jmp ${Selector.program}:${inside}`, `${inside}:`);
    w.emit(`mov ax,${Selector.programData}`, 'mov ds,ax');
    few(w, 3);
    const unreal = w.once(3);
    if (unreal) w.emit(`mov ax,${Selector.data}`, 'mov gs,ax');
    w.emit(
      'mov eax,cr0',
      'and al,0xfe',
      'mov cr0,eax',
      `jmp ${CODE}:${outside}`,
      `${outside}:`,
      `mov ax,${DATA}`,
      'mov ds,ax',
      'sti',
    );
    if (unreal) w.emit(`mov ebx,${Layout.data + Cell.bytes}`, 'inc dword gs:[ebx]');
  });
};

export const REAL: Dialect = {
  bits: 16,
  data: 0,
  innerStack: false,
  open: true,
  privilege: 0,
  dataSelector: DATA,
  codeBase: Layout.code,
  address: narrowAddress,
  bad: '[0xffff]',
  codePrefix: 'cs:',
  codeToEs: [['push es', 'push cs', 'pop es'], ['pop es']],
  privileged: undefined,
  stack: { selector: STACK, pointer: 0xfff0 },
  segments: {
    limit: 0xffff,
    stack: { low: 0, high: 0x10000 },
    code: CODE,
    alias: undefined,
    others: [0x4010, 0x5000, 0x4001],
  },
  mix: [
    ...COMMON,
    [2, segmented.limits],
    [1, segmented.wrapping],
    [1, segmented.stringLimits],
    [3, segmented.farCall],
    [2, segmented.farPointer],
    [3, segmented.otherData],
    [3, otherBase],
    [2, segmented.lastBytes],
    [1, protectedMode],
  ],
};

/** Handlers of real mode: in the program, on its stack. */
function writeHandlers(w: Writer): void {
  const begin = ['push bp', 'mov bp,sp', 'push ax', 'push ds', `mov ax,${DATA}`, 'mov ds,ax'];
  const end = ['pop ds', 'pop ax', 'pop bp', 'iretw'];
  w.emit('fault:', ...begin, `mov ax,[${Cell.recover}]`, 'mov [bp+2],ax', ...end);
  w.emit('vector1:', ...begin, `dec word [${Cell.steps}]`, 'jns stepping', 'and word [bp+6],0xfeff');
  w.emit(`mov word [${Cell.steps}],${3 + w.below(30)}`, 'stepping:', ...end);
  for (const vector of [2, 0x20, 0x21, 0x22, 0x23]) {
    w.emit(`vector${vector}:`, ...begin, `inc word [${Cell.ticks}]`);
    if (w.once(2)) w.emit(`in al,${Port.clock}`, `xor [${Cell.turn}],al`);
    w.emit(...end);
  }
}

/** Not at the beginning of a page; and the end of the segment. */
export const sections = (seed: number): Readonly<Record<string, Section>> => ({
  main: { bits: 16, origin: new Random(seed + 2).below(0x1000), base: Layout.code },
  top: { bits: 16, origin: 0xfff0, base: Layout.code },
});

export const real16: Kind = {
  name: 'real16',
  sections,
  write: (seed, emphasis) =>
    writeProgram(REAL, seed, emphasis, w => {
      writeHandlers(w);
      segmented.writeLastBytes(w);
    }),
  prepare(cpu: Cpu, { main = {} }: Labels): void {
    const vectors = Array.from(
      { length: 256 },
      (_, vector) => (CODE << 16) | (main[`vector${vector}`] ?? main.fault ?? 0),
    );
    pokeWords(cpu, 0, vectors);
    writeDescriptor(cpu, Selector.program, descriptor(Layout.code, 0xffff, 0x9b, 0));
    writeDescriptor(cpu, Selector.programData, descriptor(Layout.data, 0xffff, 0x93, 0));
    writeDescriptor(cpu, Selector.data, descriptor(0, 0xfffff, 0x93, 12));
    const { state } = cpu;
    Object.assign(state, { gdtBase: Layout.gdt, gdtLimit: 0xff, idtBase: 0, idtLimit: 0x3ff });
    for (let i = 0; i < 6; i++) cpu.setSegment(i, realSegment(i === 1 ? CODE : i === 2 ? STACK : DATA, 0xffff, 0x93));
    Object.assign(state, { eip: main.main ?? 0, esp: 0xfff0 });
    cpu.updateMode();
  },
};
