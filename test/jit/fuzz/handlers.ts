/**
 * Handlers in flat 32-bit code at CPL 0, for all kinds in protected mode: whatever faults goes on where the cell says; page faults are repaired where the
 * entry allows it; single steps and interrupts are counted.
 */
import { Cell, Layout, Port } from './layout.ts';
import type { Writer } from './writer.ts';

const cell = (offset: number): string => `[${Layout.data + offset}]`;

/** `narrow`: a handler may be on a 16-bit stack, whose pointer is SP. */
export function writeHandlers(w: Writer, narrow: boolean): void {
  const wide = narrow ? ['movzx ebp,bp'] : [];
  w.in('handlers', () => {
    w.emit(`faultWithCode:`, 'add esp,4', 'fault:', 'push ebp', 'push eax', 'mov ebp,esp', ...wide);
    w.emit(`mov eax,cs:${cell(Cell.recover)}`, 'mov ss:[ebp+8],eax', 'pop eax', 'pop ebp', 'iretd');
    writePageFault(w);
    writeDebug(w, wide);
    w.emit('task:', 'inc eax', `add ${cell(Cell.turn)},eax`, 'iretd', 'jmp task');
    w.emit('sysenter:', 'add ebx,5', 'sysexit');
    for (const vector of [2, 0x20, 0x21, 0x22, 0x23]) writeInterrupt(w, vector);
  });
}

function writePageFault(w: Writer): void {
  w.emit('vector14:', 'pushad', 'push ds', 'mov eax,0x10', 'mov ds,ax', 'mov eax,cr2', 'mov ebx,eax', 'shr eax,12');
  // The table lies behind its directory; CR3 may be the other one's.
  w.emit(
    'cmp eax,0x100',
    'jnb hopeless',
    'mov edx,cr3',
    'lea edx,[edx+eax*4+0x1000]',
    'test dword [edx],0x200',
    'jz hopeless',
  );
  w.emit('or dword [edx],7');
  if (w.once(2)) w.emit('invlpg [ebx]');
  w.emit('pop ds', 'popad', 'add esp,4', 'iretd', 'hopeless:', 'pop ds', 'popad', 'jmp faultWithCode');
}

/** Clears TF in the flags to return to, after so many steps. */
function writeDebug(w: Writer, wide: readonly string[]): void {
  w.emit('vector1:', 'push ebp', 'mov ebp,esp', ...wide, 'push ds', 'push eax', 'mov eax,0x10', 'mov ds,ax');
  w.emit(`dec dword ${cell(Cell.steps)}`, 'jns stepping', 'and dword ss:[ebp+12],0xfffffeff');
  w.emit(`mov dword ${cell(Cell.steps)},${3 + w.below(30)}`, 'stepping:', 'pop eax', 'pop ds', 'pop ebp', 'iretd');
}

function writeInterrupt(w: Writer, vector: number): void {
  w.emit(`vector${vector}:`, 'pushad', 'push ds', 'mov eax,0x10', 'mov ds,ax', `inc dword ${cell(Cell.ticks)}`);
  switch (w.below(4)) {
    case 0:
      w.emit(`in al,${Port.clock}`, `xor ${cell(Cell.turn)},al`);
      break;
    case 1: {
      const head = w.label();
      w.emit('mov ecx,9', `${head}:`, `add ${cell(Cell.turn)},ecx`, `loop ${head}`);
      break;
    }
    case 2:
      w.emit(`inc byte [${Layout.data + Cell.bytes + w.below(0x100)}]`);
  }
  w.emit('pop ds', 'popad', 'iretd');
}
