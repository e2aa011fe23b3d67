/*
 * Reads a line with INT 21h AH=0Ah and prints it again with AH=02h, character by character. The buffer of AH=0Ah:
 * byte 0 its room, byte 1 the length read (without the CR), then the text. Exit status: the length.
 */
  .intel_syntax noprefix
  .code16
  .text
  .globl start
start:
  mov ah, 0x09
  lea dx, [prompt]
  int 0x21
  mov ah, 0x0a
  lea dx, [buffer]
  int 0x21
  mov ah, 0x09
  lea dx, [answer]
  int 0x21

  lea si, [text]
  movzx cx, byte ptr [length]
  jcxz done
next:
  lodsb
  mov dl, al
  mov ah, 0x02
  int 0x21
  loop next
done:
  mov ah, 0x09
  lea dx, [newline]
  int 0x21
  mov al, [length]
  mov ah, 0x4c
  int 0x21

prompt:
  .ascii "type a line: $"
answer:
  .ascii "\r\nyou typed: $"
newline:
  .ascii "\r\n$"
buffer:
  .byte 80
length:
  .byte 0
text:
  .fill 80, 1, 0
