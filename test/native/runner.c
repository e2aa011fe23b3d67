/*
 * Runs single instructions on the host processor, as a 32-bit process, and says what each did.
 *
 * stdin:  batches: u32 count, the contents of the read-only page and the data pages, then `count` cases (layout.ts).
 * stdout: an outcome for each case, in order.
 * Arguments: the local descriptor table, four numbers an entry: struct user_desc as words.
 *
 * Every case ends in a signal: INT3 follows the instruction, or it faults. The handler, on a stack of its own, notes the registers that the kernel
 * saved, puts those of the next case in their place, and returns into it: one signal a case, and no register is out of reach. Nothing in the
 * handler uses the C library's thread pointer, as a case may have left anything in GS.
 *
 * CODE, DATA and the rest of layout.ts come as macros from the compiler's command line.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 0x1000
#define INT3 0xcc
#define MAX_PATCH 20
#define PATCHES 2
#define MAX_CODE 16
/* Equal bytes that end a run of changed ones. */
#define GAP 8

struct patch {
	uint16_t offset, length;
	uint8_t bytes[MAX_PATCH];
};

struct test_case {
	uint8_t code[MAX_CODE];
	uint32_t eip, place;
	uint32_t registers[8];
	uint32_t eflags;
	uint16_t selectors[6];
	struct patch patches[PATCHES];
};

struct outcome {
	uint32_t vector, error, cr2, eip, eflags;
	uint32_t registers[8];
	uint16_t selectors[6];
	uint32_t changes;
};

_Static_assert(sizeof(struct test_case) == 120, "layout.ts has the same size");
_Static_assert(sizeof(struct outcome) == 68, "layout.ts has the same size");

/* Encoding order. */
static const int register_slots[8] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI};
static const int selector_slots[6] = {REG_ES, REG_CS, REG_SS, REG_DS, REG_FS, REG_GS};

static uint8_t *const data = (uint8_t *)DATA;
static uint8_t *code_alias;
static uint8_t pattern[PAGE + DATA_BYTES];
static uint8_t expected[DATA_BYTES];
static uint8_t handler_stack[65536] __attribute__((aligned(64)));

static struct test_case *cases;
static uint32_t case_count, current;
static int running;
static gregset_t main_registers;

static uint8_t *output, *output_end;

static void put_code(const struct test_case *c, int clear)
{
	for (uint32_t i = 0; i < MAX_CODE && c->place + i < PAGE; i++)
		code_alias[c->place + i] = clear ? INT3 : c->code[i];
}

static void enter_case(greg_t *registers)
{
	const struct test_case *c = &cases[current];
	put_code(c, 0);
	for (int i = 0; i < PATCHES; i++) {
		const struct patch *p = &c->patches[i];
		memcpy(data + p->offset, p->bytes, p->length);
		memcpy(expected + p->offset, p->bytes, p->length);
	}
	for (int i = 0; i < 8; i++)
		registers[register_slots[i]] = c->registers[i];
	for (int i = 0; i < 6; i++)
		registers[selector_slots[i]] = c->selectors[i];
	registers[REG_UESP] = c->registers[4];
	registers[REG_EFL] = c->eflags;
	registers[REG_EIP] = c->eip;
}

/* Appends the bytes of the data pages that the case has changed, and undoes them. */
static uint32_t write_changes(void)
{
	uint32_t runs = 0;
	for (uint32_t at = 0; at < DATA_BYTES;) {
		if (*(uint64_t *)(data + (at & ~7)) == *(uint64_t *)(expected + (at & ~7))) {
			at = (at & ~7) + 8;
			continue;
		}
		if (data[at] == expected[at]) {
			at++;
			continue;
		}
		uint32_t end = at + 1;
		for (uint32_t i = end; i < DATA_BYTES && i < end + GAP; i++)
			if (data[i] != expected[i])
				end = i + 1;
		uint16_t head[2] = {at, end - at};
		memcpy(output, head, 4);
		memcpy(output + 4, data + at, end - at);
		output += 4 + ((end - at + 3) & ~3);
		memcpy(data + at, expected + at, end - at);
		at = end;
		runs++;
	}
	return runs;
}

static void leave_case(const ucontext_t *context)
{
	const greg_t *registers = context->uc_mcontext.gregs;
	const struct test_case *c = &cases[current];
	struct outcome *o = (struct outcome *)output;
	output += sizeof *o;
	o->vector = registers[REG_TRAPNO];
	o->error = registers[REG_ERR];
	o->cr2 = context->uc_mcontext.cr2;
	o->eip = registers[REG_EIP];
	o->eflags = registers[REG_EFL];
	for (int i = 0; i < 8; i++)
		o->registers[i] = registers[register_slots[i]];
	for (int i = 0; i < 6; i++)
		o->selectors[i] = registers[selector_slots[i]];
	o->changes = write_changes();
	for (int i = 0; i < PATCHES; i++) {
		const struct patch *p = &c->patches[i];
		memcpy(data + p->offset, pattern + PAGE + p->offset, p->length);
		memcpy(expected + p->offset, pattern + PAGE + p->offset, p->length);
	}
	put_code(c, 1);
}

static void __attribute__((used)) handle(int signal, siginfo_t *info, void *argument)
{
	ucontext_t *context = argument;
	greg_t *registers = context->uc_mcontext.gregs;
	(void)signal;
	(void)info;
	if (!running) {
		running = 1;
		memcpy(main_registers, registers, sizeof main_registers);
		current = 0;
	} else {
		leave_case(context);
		current++;
	}
	if (current < case_count && output + 4 * DATA_BYTES < output_end) {
		enter_case(registers);
	} else {
		running = 0;
		memcpy(registers, main_registers, sizeof main_registers);
	}
}

/* AC, NT and ID stay as the case left them across the signal, and would as well into the next case. */
void entry(int, siginfo_t *, void *);
__asm__("entry: pushl $2; popfl; jmp handle");

static int read_all(void *to, size_t bytes)
{
	for (uint8_t *at = to; bytes > 0;) {
		ssize_t got = read(0, at, bytes);
		if (got <= 0)
			return 0;
		at += got;
		bytes -= got;
	}
	return 1;
}

static void write_all(const uint8_t *from, size_t bytes)
{
	while (bytes > 0) {
		ssize_t put = write(1, from, bytes);
		if (put <= 0)
			exit(1);
		from += put;
		bytes -= put;
	}
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void map_areas(void)
{
	int file = memfd_create("code", 0);
	if (file < 0 || ftruncate(file, PAGE) < 0)
		fail("memfd_create");
	code_alias = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (mmap((void *)CODE, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED_NOREPLACE, file, 0) != (void *)CODE)
		fail("code page");
	memset(code_alias, INT3, PAGE);
	int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE;
	uint8_t *first = data - PAGE;
	if (mmap(first, PAGE + DATA_BYTES, PROT_READ | PROT_WRITE, kind, -1, 0) != first)
		fail("data pages");
}

static void catch_signals(void)
{
	stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
	struct sigaction action = {.sa_sigaction = entry, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	const int signals[] = {SIGTRAP, SIGSEGV, SIGILL, SIGFPE, SIGBUS};
	sigfillset(&action.sa_mask);
	if (sigaltstack(&stack, 0) < 0)
		fail("sigaltstack");
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], &action, 0) < 0)
			fail("sigaction");
}

static void set_local_segments(int words, char **text)
{
	for (int i = 0; i + 4 <= words; i += 4) {
		uint32_t entry[4];
		for (int j = 0; j < 4; j++)
			entry[j] = strtoul(text[i + j], 0, 0);
		if (syscall(SYS_modify_ldt, 0x11, entry, sizeof entry) != 0)
			fail("modify_ldt");
	}
}

int main(int argc, char **argv)
{
	/* For the case that never ends: by processor time, as others may keep us waiting. */
	struct itimerval most = {.it_value = {.tv_sec = 20}};
	setitimer(ITIMER_PROF, &most, 0);
	map_areas();
	set_local_segments(argc - 1, argv + 1);
	catch_signals();
	size_t room = 64 << 20;
	uint8_t *outcomes = mmap(0, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	output_end = outcomes + room;
	while (read_all(&case_count, sizeof case_count)) {
		if (case_count > 1000000 || !read_all(pattern, sizeof pattern))
			return 1;
		cases = malloc(case_count * sizeof *cases);
		if (!cases || !read_all(cases, case_count * sizeof *cases))
			return 1;
		mprotect(data - PAGE, PAGE, PROT_READ | PROT_WRITE);
		memcpy(data - PAGE, pattern, sizeof pattern);
		memcpy(expected, pattern + PAGE, DATA_BYTES);
		mprotect(data - PAGE, PAGE, PROT_READ);
		output = outcomes;
		if (case_count > 0)
			__asm__ volatile("int3" ::: "memory");
		write_all(outcomes, output - outcomes);
		free(cases);
	}
	return 0;
}
