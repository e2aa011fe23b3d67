/* ELF, 32-bit, i386. Source: System V ABI, Intel386 supplement; gABI chapter 5. */
#pragma once
#include "../types.h"

struct inode;

struct elf_header {
    u8 ident[16];
    u16 type, machine;
    u32 version, entry, phoff, shoff, flags;
    u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct program_header {
    u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

#define ET_EXEC   2
#define ET_DYN    3
#define EM_386    3
#define PT_LOAD   1u
#define PT_INTERP 3u
#define PF_X 1u
#define PF_W 2u
#define PF_R 4u

/* What the rest of exec needs to know of the program. */
struct image {
    u32 entry;
    u32 end;                  /* first page after bss: where the heap may begin */
    u32 headers;              /* address of the program headers in memory, 0: not loaded */
    u32 header_count;
    u32 bias;                 /* added to the addresses in the file: 0 unless position-independent */
};

/** Maps the program's segments into the current, empty, address space. NULL, or why it cannot be run. */
const char *elf_map(struct inode *inode, u32 pie_base, struct image *image);
