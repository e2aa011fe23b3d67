/* The shortest DOS program: INT 21h AH=09h prints to the dollar sign; RET goes to offset 0 of the PSP, an INT 20h. */
  .intel_syntax noprefix
  .code16
  .text
  .globl start
start:
  mov ah, 0x09
  lea dx, [message]
  int 0x21
  ret

message:
  .ascii "Hello from a .COM file\r\n$"
