# Where cases end: writes down the vector and the state of the processor, undoes what the case has set up, and returns from enter().
# Three words below the frame of the exception are overwritten with the vector, EAX and DS.

.intel_syntax noprefix
.include "state.inc"

.text
.code32
.globl recorder, real_recorder
recorder:
    push eax
    mov eax, ds                 # of PUSH DS processors write all or half
    push eax
    mov eax, 0x10
    mov ds, ax
    pop dword ptr [found + AT_DS]
    pop dword ptr [found + AT_EAX]
    pop dword ptr [vector]
    mov [found + AT_ESP], esp
    mov [found + AT_ECX], ecx
    mov [found + AT_EDX], edx
    mov [found + AT_EBX], ebx
    mov [found + AT_EBP], ebp
    mov [found + AT_ESI], esi
    mov [found + AT_EDI], edi
    pushfd
    pop dword ptr [found + AT_EFLAGS]
    mov eax, es
    mov [found + AT_ES], ax
    mov eax, ss
    mov [found + AT_SS], ax
    mov eax, fs
    mov [found + AT_FS], ax
    mov eax, gs
    mov [found + AT_GS], ax
    mov eax, cr0
    mov [found + AT_CR0], eax
    sgdt [found + AT_GDT_LIMIT + 2]
    sidt [found + AT_IDT_LIMIT + 2]
    lidt [harness_idtr]
rest:
    mov word ptr [found + AT_DS + 2], 0
    sldt [found + AT_LDTR]
    str [found + AT_TR]
    mov eax, cr2
    mov [found + AT_CR2], eax
    mov eax, cr3
    mov [found + AT_CR3], eax
    mov eax, cr4
    mov [found + AT_CR4], eax
    mov eax, dr7
    mov [found + AT_DR7], eax
    xor eax, eax
    mov dr7, eax
    mov eax, dr0
    mov [found + AT_DR0], eax
    mov eax, dr1
    mov [found + AT_DR1], eax
    mov eax, dr2
    mov [found + AT_DR2], eax
    mov eax, dr3
    mov [found + AT_DR3], eax
    mov eax, dr6
    mov [found + AT_DR6], eax
    mov eax, 0x11
    mov cr0, eax
    jmp 1f
1:  xor eax, eax
    mov cr3, eax
    mov cr4, eax
    lgdt [harness_gdtr]
    jmp 0x08:1f
1:  lldt ax
    and byte ptr [harness_tss_access], 0xFD
    mov ax, 0x28
    ltr ax
    mov ax, 0x10
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov esp, [saved_esp]
    push 2
    popfd
    cmp byte ptr [has_sysenter], 0
    je 1f
    mov ecx, 0x174
    rdmsr
    mov [found + AT_SYSENTER_CS], eax
    inc ecx
    rdmsr
    mov [found + AT_SYSENTER_ESP], eax
    inc ecx
    rdmsr
    mov [found + AT_SYSENTER_EIP], eax
1:  popad
    ret

.code16
real_recorder:
    push eax
    push ds
    xor ax, ax
    mov ds, ax
    pop word ptr [found + AT_DS]
    pop dword ptr [found + AT_EAX]
    pop word ptr [vector]
    mov [found + AT_ESP], esp
    mov [found + AT_ECX], ecx
    mov [found + AT_EDX], edx
    mov [found + AT_EBX], ebx
    mov [found + AT_EBP], ebp
    mov [found + AT_ESI], esi
    mov [found + AT_EDI], edi
    pushfd
    pop dword ptr [found + AT_EFLAGS]
    mov [found + AT_ES], es
    mov [found + AT_SS], ss
    mov [found + AT_FS], fs
    mov [found + AT_GS], gs
    mov eax, cr0
    mov [found + AT_CR0], eax
    sgdt [found + AT_GDT_LIMIT + 2]
    sidt [found + AT_IDT_LIMIT + 2]
    lgdt [harness_gdtr]
    lidt [harness_idtr]
    or al, 1
    mov cr0, eax
    jmp 0x08:1f
.code32
1:  mov eax, 0x10
    mov ds, ax
    jmp rest
