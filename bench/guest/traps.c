/* The IDT, and where traps go. A fault nobody asked for is told on the serial line and ends the run. */
#include "machine.h"

static u32 idt[VECTOR_SYSTEM_CALL + 1][2];
static struct __attribute__((packed)) {
    u16 limit;
    u32 base;
} idt_register;

extern const u32 exception_entries[32];
extern void system_call_entry(void);

void (*page_fault)(u32 address);

/* 8e00: present, ring 0, 32-bit interrupt gate; ee00: ring 3 may call it. */
static void set_gate(u32 vector, u32 entry, u32 access)
{
    idt[vector][0] = (entry & 0xffff) | KERNEL_CODE << 16;
    idt[vector][1] = (entry & 0xffff0000) | access;
}

void traps_init(void)
{
    for (u32 vector = 0; vector < 32; vector++)
        set_gate(vector, exception_entries[vector], 0x8e00);
    set_gate(VECTOR_SYSTEM_CALL, (u32)system_call_entry, 0xee00);
    idt_register.limit = sizeof idt - 1;
    idt_register.base = (u32)idt;
    __asm__ volatile("lidt %0" : : "m"(idt_register));
    /* Both 8259s masked; interrupts are never enabled either. */
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
}

static u32 fault_address(void)
{
    u32 address;
    __asm__ volatile("movl %%cr2, %0" : "=r"(address));
    return address;
}

static void fatal(const struct frame *frame)
{
    print("FAULT vector ");
    print_hex(frame->vector);
    print(" error ");
    print_hex(frame->error);
    print(" eip ");
    print_hex(frame->eip);
    print(" cr2 ");
    print_hex(fault_address());
    print("\n");
    power_off(1);
}

void trap(struct frame *frame)
{
    if (frame->vector == VECTOR_SYSTEM_CALL) {
        system_call(frame);
        return;
    }
    u32 address = fault_address();
    if (frame->vector == VECTOR_PAGE_FAULT && page_fault && address - WINDOW < WINDOW_PAGES * PAGE)
        page_fault(address);
    else
        fatal(frame);
}
