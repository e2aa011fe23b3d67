/*
 * The entry point of a program, as the kernel starts it (System V ABI, i386 supplement, "Process Initialization"):
 *
 *   ESP -> argc | argv[0] .. argv[argc-1] | 0 | envp[0] .. | 0 | auxv pairs .. AT_NULL
 *   EDX =  0, or a function to register with atexit (no dynamic linker here, so it is ignored)
 *
 * EBP is zeroed so that a walk of frame pointers ends here.
 */
  .intel_syntax noprefix
  .globl _start
  .type _start, @function
_start:
  xor ebp, ebp
  mov eax, esp
  and esp, -16
  sub esp, 12
  push eax                /* with this argument pushed ESP is a multiple of 16 at the call, as the ABI asks */
  call __libc_start
  ud2                     /* __libc_start does not return */
  .size _start, . - _start

  .section .note.GNU-stack, "", @progbits
