/*
 * The address space of a process, drawn as Linux/i386 lays it out. Addresses are those with aslr=off.
 *
 *   0xFFFFFFFF +--------------------------------------+
 *              | nothing                              |
 *   0xF1000000 +--------------------------------------+
 *              | kernel stacks, one a task, each with |
 *              | an unmapped page below it            |
 *   0xF0000000 +--------------------------------------+ KERNEL_STACKS
 *              | physical memory 0-768 MiB, kernel    |  supervisor only, the same in every address space
 *              |   0xC0100000 kernel image            |
 *              |   0xC00B8000 VGA text page           |
 *   0xC0000000 +--------------------------------------+ USER_END = KERNEL_BASE
 *              | auxv, environment, argv strings      |
 *              | stack, grows down, at most 8 MiB     |  top: 0xC0000000 minus 0-16 MiB
 *              |   ... unmapped ...                   |
 *   0xB8000000 +--------------------------------------+ mmap base, minus 0-1 MiB
 *              | mmap area, filled from the top down  |
 *              |   ... unmapped ...                   |
 *              | heap, grows up by brk                |  start: end of bss plus 0-32 MiB
 *              | bss, data, text                      |
 *   0x08048000 +--------------------------------------+ where ld puts a program
 *              | unmapped: so that a null pointer     |
 *   0x00000000 | faults                               |
 *              +--------------------------------------+
 *
 * Physical memory below 1 MiB is not allocated; the kernel's page directory is at 0x1000.
 */
#pragma once

#define PAGE_SIZE 0x1000u
#define PAGE_MASK 0xfffff000u

#define KERNEL_BASE     0xc0000000u
#define USER_END        0xc0000000u
#define DIRECT_MAP_SIZE 0x30000000u
#define KERNEL_STACKS   0xf0000000u
#define KERNEL_DIRECTORY 0x00001000u   /* physical; also in boot/stage.h */

#define STACK_LIMIT     0x00800000u    /* RLIMIT_STACK: 8 MiB */
#define STACK_LEAST     0x00100000u    /* a stack may grow to 1 MiB whatever RLIMIT_STACK says, */
#define STACK_MOST      0x04000000u    /* and to 64 MiB at most */
#define STACK_GUARD_GAP 0x00100000u    /* kept unmapped below the stack: 1 MiB */
#define STACK_START     0x00021000u    /* mapped at exec, beyond the strings: 132 KiB */
#define MMAP_BASE       0xb8000000u
#define MMAP_BOTTOM     0x40000000u    /* where the search goes on, upwards, once nothing below the base is free */
#define MMAP_MINIMUM    0x00010000u    /* lowest address a program may map: null pointers with an offset still fault */
#define PIE_BASE        0x56555000u    /* a position-independent executable, minus nothing when aslr=off */

#define page_down(address) ((u32)(address) & PAGE_MASK)
#define page_up(address)   (((u32)(address) + PAGE_SIZE - 1) & PAGE_MASK)

/* The direct map: every allocatable physical address has a kernel address. */
#define to_virtual(physical) ((void *)((u32)(physical) + KERNEL_BASE))
#define to_physical(pointer) ((u32)(pointer) - KERNEL_BASE)
