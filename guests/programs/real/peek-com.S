/*
 * The read of peek.c as a DOS program: a .COM is loaded at offset 100h of one segment, after its PSP, with CS=DS=ES=SS.
 * A near pointer now reaches that segment only; physical 0x02ad is 0000:02AD, through ES. Prints by INT 21h AH=09h and
 * ends by AH=4Ch with the low byte read as exit status.
 */
  .intel_syntax noprefix
  .code16
  .text
  .globl start
start:
  xor ax, ax
  mov es, ax
  mov eax, es:[0x02ad]
  push ax
  push ds
  pop es

  lea di, [digits]      /* eight hexadecimal digits, the highest first */
  mov cx, 8
  cld
next_digit:
  rol eax, 4
  mov edx, eax
  and al, 15
  cmp al, 10            /* 0-9: CF set; SBB and DAS then make the ASCII digit */
  sbb al, 0x69
  das
  stosb
  mov eax, edx
  loop next_digit

  mov ah, 0x09
  lea dx, [message]
  int 0x21
  pop ax
  mov ah, 0x4c
  int 0x21

message:
  .ascii "0000:02AD holds 0x"
digits:
  .ascii "????????, no fault\r\n$"
