/*
 * Runs the workload that the Multiboot command line ends with, `name count`, and says so on COM1:
 *
 *   BEGIN sieve 100
 *   END sieve 0badcafe
 *
 * Ends through the debug exit: 0 when all went well, 1 after a fault or without such a workload.
 */
#include "machine.h"

#define MULTIBOOT_MAGIC 0x2badb002
#define HAS_COMMAND_LINE 4

struct multiboot {
    u32 flags, lower, upper, boot_device;
    const char *command_line;
};

static char command[128];

static int same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

/* Loaders put the kernel's name first, or do not: the last two words count. */
static const char *parse(const char *line, u32 *count)
{
    u32 end = 0;
    while (line[end] && end < sizeof command - 1) {
        command[end] = line[end];
        end++;
    }
    while (end > 0 && command[end - 1] == ' ')
        end--;
    command[end] = 0;
    u32 number = end;
    while (number > 0 && command[number - 1] >= '0' && command[number - 1] <= '9')
        number--;
    *count = 0;
    for (u32 i = number; i < end; i++)
        *count = *count * 10 + (u32)(command[i] - '0');
    u32 name = number;
    while (name > 0 && command[name - 1] == ' ')
        name--;
    command[name] = 0;
    while (name > 0 && command[name - 1] != ' ')
        name--;
    return command + name;
}

/* x87 on with its own errors; SSE on with its own. */
static void floats_init(void)
{
    __asm__ volatile(
        "movl %%cr0, %%eax\n\t"
        "andl $~0x0c, %%eax\n\t" /* EM, TS */
        "orl $0x22, %%eax\n\t"   /* MP, NE */
        "movl %%eax, %%cr0\n\t"
        "fninit\n\t"
        "movl %%cr4, %%eax\n\t"
        "orl $0x600, %%eax\n\t" /* OSFXSR, OSXMMEXCPT */
        "movl %%eax, %%cr4"
        : : : "eax");
}

static void run(const struct workload *workload, u32 count)
{
    if (workload->prepare)
        workload->prepare();
    print("BEGIN ");
    print(workload->name);
    print(" ");
    print_number(count);
    print("\n");
    console_flush();
    u32 sum = workload->run(count);
    print("END ");
    print(workload->name);
    print(" ");
    print_hex(sum);
    print("\n");
}

void kernel_main(u32 magic, const struct multiboot *info)
{
    u32 count = 0;
    const char *name = "";
    console_init();
    if (magic == MULTIBOOT_MAGIC && info->flags & HAS_COMMAND_LINE)
        name = parse(info->command_line, &count);
    segments_init();
    traps_init();
    paging_init();
    floats_init();
    for (u32 i = 0; i < workload_count; i++) {
        if (same(workloads[i].name, name)) {
            run(&workloads[i], count);
            power_off(0);
        }
    }
    print("FAULT no workload called \"");
    print(name);
    print("\"\n");
    power_off(1);
}
