/*
 * A boot sector that says hello: the BIOS loads these 512 bytes at 0000:7C00 because they end in 55AAh. Ends the run by
 * writing wait status 0 (32 bits) to port 501h; on a machine without that port it halts for ever.
 */
  .intel_syntax noprefix
  .code16
  .text
  .globl start
start:
  cli
  xor ax, ax
  mov ds, ax
  mov ss, ax
  mov sp, 0x7c00
  sti
  cld
  lea si, [message]
next:
  lodsb
  test al, al
  jz done
  mov ah, 0x0e
  mov bx, 7
  int 0x10
  jmp next
done:
  mov dx, 0x501
  xor eax, eax
  out dx, eax
  cli
stop:
  hlt
  jmp stop

message:
  .asciz "Hello from a boot sector\r\n"

  .org 510
  .word 0xaa55
