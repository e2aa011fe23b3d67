# void enter(unsigned how): loads `wanted` into the processor and goes there. The recorder comes back, with what it found in `found`.
# The case's own tables must have flat code at 08h and flat data at 10h, and its pages the harness where it is.

.intel_syntax noprefix
.include "state.inc"
.equ SAME_LEVEL, 0
.equ OUTER_LEVEL, 1
.equ VIRTUAL_8086, 2
.equ REAL, 3

.text
.code32
.globl enter
enter:
    mov eax, [esp + 4]
    pushad
    mov [saved_esp], esp
    mov [how], eax
    mov esi, offset wanted
    cmp byte ptr [has_sysenter], 0
    je 1f
    mov ecx, 0x174
    xor edx, edx
    mov eax, [esi + AT_SYSENTER_CS]
    wrmsr
    inc ecx
    mov eax, [esi + AT_SYSENTER_ESP]
    wrmsr
    inc ecx
    mov eax, [esi + AT_SYSENTER_EIP]
    wrmsr
1:  mov eax, [esi + AT_DR0]
    mov dr0, eax
    mov eax, [esi + AT_DR1]
    mov dr1, eax
    mov eax, [esi + AT_DR2]
    mov dr2, eax
    mov eax, [esi + AT_DR3]
    mov dr3, eax
    mov eax, [esi + AT_DR6]
    mov dr6, eax
    cmp dword ptr [how], REAL
    je to_real
    mov eax, [esi + AT_CR4]
    mov cr4, eax
    lgdt [esi + AT_GDT_LIMIT + 2]
    lidt [esi + AT_IDT_LIMIT + 2]
    mov eax, [esi + AT_CR2]
    mov cr2, eax
    mov eax, [esi + AT_CR3]
    mov cr3, eax
    mov eax, [esi + AT_CR0]
    mov cr0, eax
    jmp 1f
1:  lldt [esi + AT_LDTR]
    cmp word ptr [esi + AT_TR], 0
    je 1f
    ltr [esi + AT_TR]
1:  mov eax, [esi + AT_DR7]
    mov dr7, eax
    mov eax, [how]
    cmp eax, VIRTUAL_8086
    je virtual
    mov es, [esi + AT_ES]
    mov fs, [esi + AT_FS]
    mov gs, [esi + AT_GS]
    cmp eax, OUTER_LEVEL
    je outer
    lss esp, [esi + AT_ESP_SS]
    jmp flags
virtual:
    push dword ptr [esi + AT_GS]
    push dword ptr [esi + AT_FS]
    push dword ptr [esi + AT_DS]
    push dword ptr [esi + AT_ES]
outer:
    push dword ptr [esi + AT_SS]
    push dword ptr [esi + AT_ESP]
flags:
    push dword ptr [esi + AT_EFLAGS]
    push dword ptr [esi + AT_CS]
    push dword ptr [esi + AT_EIP]
    cmp eax, VIRTUAL_8086
    je 1f
    mov ds, [esi + AT_DS]
1:  mov eax, cs:[esi + AT_EAX]
    mov ecx, cs:[esi + AT_ECX]
    mov edx, cs:[esi + AT_EDX]
    mov ebx, cs:[esi + AT_EBX]
    mov ebp, cs:[esi + AT_EBP]
    mov edi, cs:[esi + AT_EDI]
    mov esi, cs:[esi + AT_ESI]
    iretd

to_real:
    lidt [esi + AT_IDT_LIMIT + 2]
    mov eax, [esi + AT_CR2]
    mov cr2, eax
    jmp 0x18:1f
.code16
1:  mov ax, 0x20
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov eax, [si + AT_CR4]
    mov cr4, eax
    mov eax, [si + AT_CR0]
    mov cr0, eax
    jmp 0:1f
1:  xor ax, ax
    mov ds, ax
    .byte 0x66
    lgdt [si + AT_GDT_LIMIT + 2]
    mov eax, [si + AT_DR7]
    mov dr7, eax
    mov es, [si + AT_ES]
    mov fs, [si + AT_FS]
    mov gs, [si + AT_GS]
    mov ss, [si + AT_SS]
    mov esp, [si + AT_ESP]
    push dword ptr [si + AT_EFLAGS]
    push dword ptr [si + AT_CS]
    push dword ptr [si + AT_EIP]
    mov ds, [si + AT_DS]
    mov eax, cs:[si + AT_EAX]
    mov ecx, cs:[si + AT_ECX]
    mov edx, cs:[si + AT_EDX]
    mov ebx, cs:[si + AT_EBX]
    mov ebp, cs:[si + AT_EBP]
    mov edi, cs:[si + AT_EDI]
    mov esi, cs:[esi + AT_ESI]
    iretd

.bss
.balign 16
.globl wanted, found, vector, has_sysenter, saved_esp
# 39 words, of which the two of each descriptor table are a limit in the high half of the first word and a base; after them ESP and SS for LSS.
.equ AT_ESP_SS, 140
wanted: .skip 148
found:  .skip 148
vector: .skip 4
saved_esp: .skip 4
how:    .skip 4
has_sysenter: .skip 4
