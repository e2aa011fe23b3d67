/*
 * Runs single MMX and SSE instructions on the host processor, as a 32-bit process, and says what each did.
 *
 * stdin:  batches: u32 count, then `count` states (struct state); stdout: the state after each, in order.
 *
 * A case's code lies at CODE and is followed by a jump back into run(). If it faults, the signal handler sends it there too, with the vector noted, and
 * the registers are those the kernel saved. The memory that counts is the last WINDOW bytes of the page at DATA; after it nothing is mapped.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 0x1000
#define WINDOW 256
#define MAX_CODE 16

struct state {
	uint8_t code[MAX_CODE];
	uint32_t length;
	/* Vector of the fault, or FFFFFFFFh; CR2 of a page fault; EIP less CODE. */
	uint32_t vector, cr2, eip;
	uint32_t registers[8];
	uint32_t eflags;
	uint32_t unused[3];
	uint8_t fx[512] __attribute__((aligned(16)));
	uint8_t memory[WINDOW];
};

struct state current __attribute__((aligned(16)));
uint32_t saved_esp;
extern char back[];
void run(void);

asm(".text\n"
    "run:\n"
    "pushal\n pushfl\n movl %esp, saved_esp\n"
    "fxrstor current+80\n"
    "pushl current+64\n popfl\n"
    "movl current+32, %eax\n movl current+36, %ecx\n movl current+40, %edx\n movl current+44, %ebx\n"
    "movl current+48, %esp\n movl current+52, %ebp\n movl current+56, %esi\n movl current+60, %edi\n"
    "jmp *entry\n"
    ".globl back\n"
    "back:\n"
    "movl %eax, current+32\n movl %ecx, current+36\n movl %edx, current+40\n movl %ebx, current+44\n"
    "movl %esp, current+48\n movl %ebp, current+52\n movl %esi, current+56\n movl %edi, current+60\n"
    "movl saved_esp, %esp\n"
    "pushfl\n popl current+64\n"
    "fxsave current+80\n"
    "fninit\n ldmxcsr clean\n"
    "popfl\n popal\n ret\n"
    ".data\n"
    "entry: .long " ENTRY "\n"
    "clean: .long 0x1f80\n"
    ".text\n");

/* The C library's thread pointer is in GS, which no case changes. */
static void fault(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	ucontext_t *uc = context;
	greg_t *g = uc->uc_mcontext.gregs;
	current.vector = g[REG_TRAPNO];
	current.cr2 = g[REG_TRAPNO] == 14 ? uc->uc_mcontext.cr2 : 0;
	current.eip = g[REG_EIP] - CODE;
	g[REG_EIP] = (greg_t)back;
}

static int take(void *to, size_t bytes)
{
	for (size_t at = 0; at < bytes;) {
		ssize_t got = read(0, (char *)to + at, bytes - at);
		if (got <= 0)
			return 0;
		at += got;
	}
	return 1;
}

static void map(uint32_t at, int protection)
{
	if (mmap((void *)at, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (void *)at) {
		perror("mmap");
		exit(1);
	}
}

int main(void)
{
	_Static_assert(sizeof(struct state) == 848, "layout.ts");
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	uint32_t count;
	uint8_t *code = (uint8_t *)CODE;
	uint8_t *window = (uint8_t *)DATA + PAGE - WINDOW;

	sigaltstack(&alternate, NULL);
	for (int i = 0; i < 5; i++)
		sigaction((int[]){ SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP }[i], &action, NULL);
	map(CODE, PROT_READ | PROT_WRITE | PROT_EXEC);
	map(DATA, PROT_READ | PROT_WRITE);
	while (take(&count, sizeof count)) {
		struct state *all = malloc(count * sizeof *all);
		if (!take(all, count * sizeof *all))
			return 1;
		for (uint32_t i = 0; i < count; i++) {
			memcpy(&current, &all[i], sizeof current);
			current.vector = -1;
			memcpy(window, current.memory, WINDOW);
			memcpy(code, current.code, current.length);
			code[current.length] = 0xe9;
			int32_t distance = (int32_t)back - (int32_t)(CODE + current.length + 5);
			memcpy(code + current.length + 1, &distance, 4);
			current.eip = current.length;
			run();
			memcpy(current.memory, window, WINDOW);
			memcpy(&all[i], &current, sizeof current);
		}
		fwrite(all, sizeof *all, count, stdout);
		free(all);
	}
	return 0;
}
