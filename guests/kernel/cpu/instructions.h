/* Instructions C has no words for. */
#pragma once
#include "../types.h"

static inline void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline void out32(u16 port, u32 value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 in8(u16 port)
{
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
static inline void in32_block(u16 port, void *to, u32 count)
{
    __asm__ volatile("rep insl" : "+D"(to), "+c"(count) : "d"(port) : "memory");
}

static inline void out32_block(u16 port, const void *from, u32 count)
{
    __asm__ volatile("rep outsl" : "+S"(from), "+c"(count) : "d"(port) : "memory");
}

static inline u32 read_cr0(void)
{
    u32 value;
    __asm__ volatile("movl %%cr0, %0" : "=r"(value));
    return value;
}
static inline void write_cr0(u32 value) { __asm__ volatile("movl %0, %%cr0" : : "r"(value) : "memory"); }
static inline u32 read_cr2(void)
{
    u32 value;
    __asm__ volatile("movl %%cr2, %0" : "=r"(value));
    return value;
}
static inline u32 read_cr3(void)
{
    u32 value;
    __asm__ volatile("movl %%cr3, %0" : "=r"(value));
    return value;
}
static inline void write_cr3(u32 value) { __asm__ volatile("movl %0, %%cr3" : : "r"(value) : "memory"); }
static inline u32 read_cr4(void)
{
    u32 value;
    __asm__ volatile("movl %%cr4, %0" : "=r"(value));
    return value;
}
static inline void write_cr4(u32 value) { __asm__ volatile("movl %0, %%cr4" : : "r"(value) : "memory"); }
static inline void flush_page(u32 linear) { __asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory"); }

static inline void cpuid(u32 leaf, u32 *features)
{
    u32 eax = leaf, ebx, ecx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(*features));
}
/** EAX, EBX, ECX, EDX. */
static inline void cpuid_all(u32 leaf, u32 registers[4])
{
    __asm__ volatile("cpuid" : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]), "=d"(registers[3]) : "a"(leaf), "c"(0));
}
static inline u64 read_tsc(void)
{
    u64 value;
    __asm__ volatile("rdtsc" : "=A"(value));
    return value;
}

static inline void interrupts_off(void) { __asm__ volatile("cli" : : : "memory"); }
/** Opens interrupts and sleeps until one: STI holds them off for one more instruction, so none slips in between. */
static inline void wait_for_interrupt(void) { __asm__ volatile("sti; hlt; cli" : : : "memory"); }
