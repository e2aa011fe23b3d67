/** Real mode: interrupts by the table, limits of 64 KiB, what is #UD there, and the ways into protected mode. SDM vol. 3, chapter 20. */
import type { Draft } from '../draft.ts';
import { ARENA, At, realStub } from '../layout.ts';

const CODES: readonly string[] = [
  'int 0x21',
  'int3',
  'mov eax,0x7fffffff;inc eax;into',
  'ud2',
  'db 0xf1',
  'xor ecx,ecx;div ecx',
  'mov bx,0xffff;mov ax,[bx]',
  'mov bx,0xfffd;mov eax,[bx]',
  'mov ebx,0x10000;mov al,[ebx]',
  'mov sp,1;push ax',
  'mov sp,0;push ax;pop bx',
  'mov sp,3;push eax',
  'mov ax,0x2100;mov ds,ax;mov eax,[0x10]',
  'jmp 0x2100:0x1800',
  'call 0x2100:0x1800',
  'push 0x2000;push 0x2800;retf',
  'pushfw;push 0x2000;push 0x2800;iretw',
  'pushfd;pop eax;or eax,0x247fd7;push eax;popfd;pushfd',
  'push 0x7fd5;popfw;pushfw',
  'sldt ax',
  'str ax',
  'lldt ax',
  'ltr ax',
  'verr ax',
  'lar ax,bx',
  'lsl ax,bx',
  'arpl ax,bx',
  'smsw ax',
  'lmsw bx',
  'mov eax,cr0;mov ecx,cr4',
  'mov eax,0x80000010;mov cr0,eax',
  'mov eax,cr0;or al,1;mov cr0,eax;mov bx,0x10;mov es,bx;and al,0xfe;mov cr0,eax;mov ebx,0x23000;mov ecx,es:[ebx]',
  'sgdt [0x3010];sidt [0x3020]',
  'lock inc word [0x3000]',
  'lock mov ax,bx',
  'bound ax,[0x3000]',
  'sysenter',
  'invd',
  'clts',
  'cli;sti;nop',
  'sti;nop;nop',
  'mov ax,ss;mov ss,ax;nop',
  'mov dr0,eax;mov ebx,dr7',
  'aam 0',
  'lea ax,ax',
  'enter 4,1;leave',
  'pusha;popa',
  'mov cs,ax',
];

export function realMode(draft: Draft): void {
  const { random } = draft;
  draft.real(vector => realStub(vector));
  draft.set({ gdtLimit: 0x3ff << 16 });
  const code = random
    .pick(CODES)
    .replace('aam 0', 'db 0xd4,0')
    .replace('lea ax,ax', 'db 0x8d,0xc0')
    .replace('mov cs,ax', 'db 0x8e,0xc8');
  if (draft.chance(4)) draft.state.eflags |= random.pick([0x100, 0x200, 0x40000]);
  if (draft.chance(8)) draft.timer = true;
  if (draft.chance(12)) draft.state.idtLimit = random.pick([0x83, 0x86, 0x87, 0x1b, 0x17]) << 16;
  if (draft.chance(6)) draft.words(At.idt + 4 * random.pick([0x21, 3, 6]), ((ARENA >>> 4) << 16) | (At.target - ARENA));
  draft.set({ ebx: random.below(16) & ~1 });
  draft.code(code);
  draft.title = code;
}
