/* Log lines, panic, and the end of a run (port 501h, docs/platform.md). */
#include "log.h"
#include "cpu/instructions.h"
#include "cpu/trap.h"
#include "dev/screen.h"
#include "dev/uart.h"
#include "lib/format.h"

#define PORT_DEBUG 0xe9
#define PORT_EXIT  0x501
#define EXIT_PANIC 0xdead

static int enabled;
static char line[256];

static void emit(const char *text)
{
    for (; *text; text++) {
        out8(PORT_DEBUG, (u8)*text);
        screen_put(*text);
    }
}

static void emit_line(const char *form, va_list arguments)
{
    format_arguments(line, sizeof line, form, arguments);
    emit("[kernel] ");
    emit(line);
    emit("\n");
}

void log_init(void)
{
    screen_init();
    enabled = 1;
}

void log_enable(int on)
{
    enabled = on;
}

void log_line(const char *form, ...)
{
    if (!enabled)
        return;
    va_list arguments;
    va_start(arguments, form);
    emit_line(form, arguments);
    va_end(arguments);
}

static void log_registers(const struct trap_frame *f)
{
    log_line("vector %u error %08x eip %08x cs %04x eflags %08x", f->vector, f->error, f->eip, f->cs, f->eflags);
    log_line("eax %08x ebx %08x ecx %08x edx %08x", f->eax, f->ebx, f->ecx, f->edx);
    log_line("esi %08x edi %08x ebp %08x esp %08x", f->esi, f->edi, f->ebp, from_user(f) ? f->esp : (u32)&f->esp);
    log_line("cr0 %08x cr2 %08x cr3 %08x", read_cr0(), read_cr2(), read_cr3());
}

void panic(const struct trap_frame *frame, const char *form, ...)
{
    va_list arguments;
    enabled = 1;
    emit("[kernel] panic\n");
    va_start(arguments, form);
    emit_line(form, arguments);
    va_end(arguments);
    if (frame)
        log_registers(frame);
    end_run(EXIT_PANIC);
}

void end_run(u32 wait_status)
{
    interrupts_off();
    uart_flush();
    out32(PORT_EXIT, wait_status);
    for (;;)   /* only where nothing listens at that port */
        __asm__ volatile("hlt");
}
