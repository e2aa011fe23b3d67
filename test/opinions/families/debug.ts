/** Breakpoints on code and data, single steps, RF, general detect, INT1, and what holds them off. SDM vol. 3, chapter 17. */
import { Type } from '../descriptors.ts';
import { Cr4, type Draft } from '../draft.ts';
import { ARENA, At, Selector, stub } from '../layout.ts';
import { anyMode } from './targets.ts';

const TF = 0x100;
const RF = 0x10000;
const GD = 0x2000;

const CODES: readonly string[] = [
  'nop;nop;nop;nop',
  'mov eax,[DATA];nop;nop',
  'mov [DATA],eax;nop;nop',
  'mov al,[DATA+3];nop;nop',
  'inc dword [DATA+1];nop',
  'push eax;pop ebx;nop',
  'mov ax,ss;mov ss,ax;nop;nop',
  'mov ax,ss;mov ss,ax;mov [DATA],eax;nop;nop',
  'push ss;pop ss;nop;nop',
  'mov ax,ss;mov ss,ax;int3',
  'mov ax,ss;mov ss,ax;int 0x30',
  'mov ax,ss;mov ss,ax;db 0xf1',
  'mov ax,ss;mov ss,ax;ud2',
  'int 0x30',
  'db 0xf1;nop',
  'into;nop',
  'pushfd;pop eax;nop',
  'pushfd;or dword [esp],0x100;popfd;nop;nop',
  'pushfd;and dword [esp],0xfffffeff;popfd;nop;nop',
  'jmp next;nop;next:;nop;nop',
  'call next;nop;next:;nop;nop',
  'mov ecx,3;mov edi,DATA;rep stosd;nop',
  'mov ecx,3;mov edi,DATA;mov esi,DATA;rep movsb;nop',
  'mov ecx,0;mov edi,DATA;rep stosd;nop',
  'mov ecx,2;here:;loop here;nop',
  'xchg [DATA+2],eax;nop',
  'cmpxchg [DATA],ecx;nop',
  'bts dword [DATA],5;nop',
  'ud2',
  'xor ecx,ecx;div ecx',
  'mov eax,dr7;nop',
  'mov dr1,eax;nop',
  'mov eax,dr6;mov eax,dr5;mov eax,dr4;nop',
  'mov dr6,eax;mov ebx,dr6;nop',
  'mov dr7,ecx;mov ebx,dr7;nop;nop',
  'cli;nop;nop',
  'sti;nop;nop',
  'enter 8,1;nop',
  'pushad;nop;nop',
  'popad;nop',
  'lahf;nop;nop',
];

export function debug(draft: Draft): void {
  const { random } = draft;
  const mode = anyMode(draft);
  const low = draft.bits === 16;
  const data = random.pick([At.data + 0x10, At.data + 0x11, At.data + 0x13, At.data + 0xffc]);
  const offset = `0x${(low ? data - ARENA : data).toString(16)}`;
  const code = random
    .pick(CODES)
    .replace(/DATA\+(\d)/g, (_, n: string) => `0x${((low ? data - ARENA : data) + Number(n)).toString(16)}`)
    .replaceAll('DATA', offset)
    .replaceAll('dword [esp]', low ? 'dword [esp]' : 'dword [esp]');
  draft.code(code);
  let dr7 = 0x400;
  const stack = low ? draft.state.esp + ARENA : draft.state.esp;
  for (let n = 0; n < 4; n++) {
    if (!draft.chance(2)) continue;
    const onCode = draft.chance(2);
    const address = onCode
      ? At.code + random.below(9)
      : random.pick([data, data, data - 1, data + 1, data + 3, data & ~3, stack - 4, stack - 2, stack - 8]);
    draft.set({ [`dr${n}`]: address });
    const kind = onCode ? (draft.chance(16) ? random.below(4) : 0) : random.pick([1, 3, 3, 2]);
    const length = onCode && !draft.chance(16) ? 0 : random.pick([0, 1, 3]);
    dr7 |= ((draft.chance(6) ? 0 : random.pick([1, 2, 3])) << (2 * n)) | ((kind | (length << 2)) << (16 + 4 * n));
  }
  if (draft.chance(6)) dr7 |= GD;
  if (draft.chance(4)) dr7 |= random.pick([0x100, 0x200, 0x300]);
  // The kind 2, of I/O, is one where CR4.DE says so; otherwise it is not defined.
  if (draft.chance(2)) draft.state.cr4 |= Cr4.DE;
  else dr7 = withoutIo(dr7);
  draft.set({
    dr7: dr7 >>> 0,
    ecx: withoutIo(random.pick([0x400, 0x155, 0x2400, 0xd0401, random.word() & 0xfffff7ff])) & ~GD,
  });
  if (draft.chance(3)) draft.state.eflags |= TF;
  if (draft.chance(4)) draft.state.eflags |= RF;
  if (draft.chance(8)) draft.timer = true;
  if (draft.chance(3)) draft.state.eflags |= 0x200;
  if (draft.chance(6))
    draft.idt(1, { type: random.pick([Type.trapGate, Type.interruptGate]), selector: Selector.code0, offset: stub(1) });
  draft.title = `${code} in ${mode}`;
}

function withoutIo(dr7: number): number {
  let left = dr7;
  for (let n = 0; n < 4; n++) if (((left >>> (16 + 4 * n)) & 3) === 2) left |= 1 << (16 + 4 * n);
  return left >>> 0;
}
