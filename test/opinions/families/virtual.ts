/** Virtual-8086 mode with and without CR4.VME, and protected mode with CR4.PVI: the interrupt flag's stand-in, redirection, the I/O map. SDM vol. 3, chapter 20. */

import { Type } from '../descriptors.ts';
import { Cr4, type Draft } from '../draft.ts';
import { ARENA, At, stub } from '../layout.ts';
import { TSS_LIMIT } from '../standard.ts';

const [VIF, VIP, IF, TF] = [0x80000, 0x100000, 0x200, 0x100];
const TSS_BYTES = 0x68;
const MAP_BYTES = 32;
/** Of the I/O map: 300h ports. */
const IO_BYTES = 0x60;

export function virtual8086(draft: Draft): void {
  const { random } = draft;
  const iopl = random.below(4);
  draft.virtual(iopl);
  flagsOf(draft);
  if (!draft.chance(3)) draft.state.cr4 = Cr4.VME | (draft.chance(4) ? Cr4.PVI : 0);
  redirection(draft);
  const code = random.pick(CODES)(draft);
  draft.code(code);
  if (draft.chance(6)) draft.timer = true;
  draft.title = `${code}; IOPL ${iopl}, CR4 ${draft.state.cr4}`;
}

export function protectedVirtual(draft: Draft): void {
  const { random } = draft;
  const cpl = draft.chance(4) ? random.below(4) : 3;
  draft.level(cpl);
  const iopl = random.below(4);
  draft.state.eflags |= iopl << 12;
  flagsOf(draft);
  draft.state.cr4 = random.pick([Cr4.PVI, Cr4.PVI, Cr4.PVI | Cr4.VME, Cr4.VME, 0]);
  const code = random.pick([
    'cli',
    'sti',
    'sti;nop',
    'pushfd',
    'pushfw',
    `push ${(random.word() & 0x3f7fd7) >>> 0};popfd`,
    `pushw ${random.word() & 0x7fd7};popfw`,
  ]);
  draft.code(code.replace('pushw ', 'db 0x66,0x68;dw '));
  if (draft.chance(6)) draft.timer = true;
  draft.title = `${code}; CPL ${cpl} IOPL ${iopl}, CR4 ${draft.state.cr4}`;
}

function flagsOf(draft: Draft): void {
  draft.state.eflags |= draft.random.pick([0, 0, VIF, VIF, VIP, VIP, VIF, VIP, VIF | VIP]);
  if (draft.chance(2)) draft.state.eflags |= IF;
  if (draft.chance(8)) draft.state.eflags |= TF;
}

/** Interrupt redirection map and I/O map in the TSS, and vectors of the 8086 program at linear 0. */
function redirection(draft: Draft): void {
  const { random } = draft;
  const map = Array.from({ length: MAP_BYTES + IO_BYTES }, () => random.pick([0, 0, 0xff, random.below(256)]));
  draft.bytes(At.tss + TSS_BYTES, [...map, 0xff]);
  const ioMap = draft.chance(10) ? random.pick([0, 0x1f, 0x20, 0x68, 0x3f8, 0xffff]) : TSS_BYTES + MAP_BYTES;
  draft.tss({ trap: ioMap << 16 });
  const limit = draft.chance(8)
    ? ioMap + random.below(IO_BYTES)
    : draft.chance(2)
      ? TSS_BYTES + MAP_BYTES + IO_BYTES
      : TSS_LIMIT;
  draft.segment({ base: At.tss, limit: limit & 0xfffff, type: Type.tss, flags: 0 }, 0x18);
  // Linear 0 is a page of the arena then: vectors that lead to the target.
  draft.paged();
  draft.words(At.table, At.data16 | 7);
  for (let vector = 0; vector < 64; vector++)
    draft.words(At.data16 + 4 * vector, ((ARENA >>> 4) << 16) | (At.target - ARENA));
  for (const vector of [0x21, 0x10])
    draft.idt(vector, {
      type: random.pick([Type.interruptGate, Type.trapGate]),
      selector: 8,
      offset: stub(vector),
      dpl: draft.chance(4) ? 0 : 3,
    });
}

const image = (draft: Draft): number => draft.random.word() & (draft.chance(2) ? 0x7fd7 : 0x3f7fd7);

const CODES: readonly ((draft: Draft) => string)[] = [
  () => 'cli',
  () => 'sti',
  () => 'sti;nop;nop',
  () => 'pushfw',
  () => 'pushfd',
  draft => `push ${image(draft) & 0x7fff};popfw`,
  draft => `db 0x66,0x68;dd ${image(draft)};popfd`,
  () => 'int 0x21',
  () => 'int 0x21',
  () => 'int 0x10',
  () => 'int3',
  () => 'mov eax,0x7fffffff;inc eax;into',
  draft => `push ${image(draft) & 0x7fff};push ${ARENA >>> 4};push ${At.target - ARENA};iretw`,
  draft => `db 0x66,0x68;dd ${image(draft)};db 0x66,0x68;dd ${ARENA >>> 4};db 0x66,0x68;dd ${At.target - ARENA};iretd`,
  () => 'lock inc word [0x3000]',
  () => 'hlt',
  () => 'clts',
  () => 'mov eax,cr0',
  () => 'sldt ax',
  () => 'smsw ax',
  () => 'str ax',
  () => 'lar ax,bx',
  () => 'arpl ax,bx',
  () => 'db 0xf1',
  () => 'ud2',
  () => 'mov ax,0x1234;mov ds,ax;mov ax,[0x3000]',
  () => 'jmp 0x2100:0x1800',
  () => 'call 0x2100:0x1800',
  () => 'mov bx,0xffff;mov ax,[bx]',
  () => 'mov ebx,0x10000;mov al,[ebx]',
  () => 'mov sp,1;push ax',
  () => 'xor ecx,ecx;div ecx',
  draft =>
    `mov dx,${draft.random.below(0x310) & ~7};out dx,${draft.random.pick(['al', 'ax', 'eax'])}`.replace(
      /mov dx,(\d+);/,
      () => `mov dx,${draft.random.pick([0x80, 0x84, 0x2a0, 0x2f6])};`,
    ),
  draft => `mov dx,${0x2a0 + draft.random.below(8)};in ${draft.random.pick(['al', 'ax', 'eax'])},dx`,
];
