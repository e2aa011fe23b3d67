/*
 * The beginning of a flat 16-bit program: linear 0x7C00, CS=DS=ES=SS=0, so that a near pointer is a physical address.
 * The loader CALLed us near with 16 bits; gcc -m16 returns with 32 and uses all of ESP, so this stub stands between.
 * AL at the return is the exit status.
 */
  .intel_syntax noprefix
  .code16
  .section .text.start, "ax"
  .globl start
start:
  movzx esp, sp
  calld main
  ret

  .section .note.GNU-stack, "", @progbits
