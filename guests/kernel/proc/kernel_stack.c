/*
 * Each task has a stack in the kernel: a slot of 16 KiB from KERNEL_STACKS up, its upper 8 KiB mapped (2 KiB have been seen in use), the rest never, so that an
 * overflow faults and does not run into the neighbour. The page tables of the slots exist from the start: every address
 * space shares them (pagetable.c, directory_create).
 */
#include "kernel_stack.h"
#include "../cpu/instructions.h"
#include "../log.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../mm/pagetable.h"
#include "task.h"

#define SLOT   0x4000u
#define PAGES  2u
#define SLOTS  1024u   /* a page table holds 256 */
#define KEPT_MAX 4u    /* free slots that keep their pages: a shell takes and gives back one for each command */

static u32 tables[SLOTS / 256];
static u16 free_slots[SLOTS], free_count, kept;

static u32 *entry_of(u32 address)
{
    return (u32 *)to_virtual(tables[(address - KERNEL_STACKS) >> 22]) + (address >> 12 & 1023);
}

void kernel_stacks_init(void)
{
    u32 *directory = to_virtual(KERNEL_DIRECTORY);
    for (u32 i = 0; i < COUNT(tables); i++) {
        tables[i] = frame_alloc_zeroed();
        if (!tables[i])
            panic(NULL, "not enough memory for kernel stacks");
        directory[(KERNEL_STACKS >> 22) + i] = tables[i] | PTE_PRESENT | PTE_WRITE;
    }
    while (free_count < SLOTS) {
        free_slots[free_count] = (u16)(SLOTS - 1 - free_count);
        free_count++;
    }
}

u32 kernel_stack_create(void)
{
    if (!free_count)
        return 0;
    u32 top = KERNEL_STACKS + (free_slots[free_count - 1] + 1u) * SLOT;
    if (*entry_of(top - PAGE_SIZE))
        kept--;
    else if (frames_free() < PAGES)
        return 0;
    else
        for (u32 i = 1; i <= PAGES; i++)
            *entry_of(top - i * PAGE_SIZE) = frame_alloc() | PTE_PRESENT | PTE_WRITE | PTE_GLOBAL;
    free_count--;
    return top;
}

void kernel_stack_free(u32 top)
{
    free_slots[free_count++] = (u16)((top - KERNEL_STACKS) / SLOT - 1);
    if (kept < KEPT_MAX) {
        kept++;
        return;
    }
    for (u32 i = 1; i <= PAGES; i++) {
        u32 page = top - i * PAGE_SIZE, *entry = entry_of(page);
        frame_release(*entry & PAGE_MASK);
        *entry = 0;
        flush_page(page);
    }
}
