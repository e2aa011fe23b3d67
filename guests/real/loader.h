/* What the loader's files share. It is compiled for 16 bits and lives in segment 9000h; everything else is far away. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

struct dos_registers {
    u16 es, ds;
    u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
};

struct start {
    u16 segment;   /* DS, ES and SS */
    u16 sp, ip, cs;
};

/* entry.S */
extern u8 boot_drive;
extern u32 program_esp;
extern u16 program_ss;
void start_program(const struct start *start) __attribute__((noreturn));
void int20(void);
void int21(void);
void exit_al(void);

/* loader.c */
void end_run(u32 status) __attribute__((noreturn));

/* far.c */
u8 far_byte(u16 segment, u16 offset);
u16 far_word(u16 segment, u16 offset);
void set_far_byte(u16 segment, u16 offset, u8 value);
void set_far_word(u16 segment, u16 offset, u16 value);

/* console.c: the BIOS's teletype and keyboard */
void put(char c);
/** The next character, waiting for it; a key without one gives 0 and then its scan code, as DOS does. */
u8 get(void);
int key_waiting(void);
