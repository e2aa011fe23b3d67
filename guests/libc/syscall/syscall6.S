/* long __syscall6(number, a, b, c, d, e, f): loads the seven stack arguments into the registers syscall.h names. */
  .intel_syntax noprefix
  .globl __syscall6
  .type __syscall6, @function
__syscall6:
  push ebp
  push edi
  push esi
  push ebx
  mov eax, [esp + 20]
  mov ebx, [esp + 24]
  mov ecx, [esp + 28]
  mov edx, [esp + 32]
  mov esi, [esp + 36]
  mov edi, [esp + 40]
  mov ebp, [esp + 44]
  int 0x80
  pop ebx
  pop esi
  pop edi
  pop ebp
  ret
  .size __syscall6, . - __syscall6

  .section .note.GNU-stack, "", @progbits
