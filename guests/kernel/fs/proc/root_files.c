/* The files of /proc itself. */
#include "../../cpu/instructions.h"
#include "../../lib/divide.h"
#include "../../lib/format.h"
#include "../../lib/string.h"
#include "../../memlayout.h"
#include "../../mm/frames.h"
#include "../../sys/clock.h"
#include "../page_cache.h"
#include "internal.h"

static s32 link_self(char *to, u32 size, struct process *process)
{
    char text[12];
    u32 length = format(text, sizeof text, "%u", current->process->pid);
    (void)process;
    memcpy(to, text, length < size ? length : size);
    return (s32)(length < size ? length : size);
}

static s32 link_mounts(char *to, u32 size, struct process *process)
{
    static const char text[] = "self/mounts";
    u32 length = sizeof text - 1 < size ? sizeof text - 1 : size;
    (void)process;
    memcpy(to, text, length);
    return (s32)length;
}

static void kib(struct text *text, const char *name, u32 pages)
{
    u32 start = text_length(text);
    text_add(text, "%s:", name);
    text_pad(text, start, 16);
    text_add(text, "%8u kB\n", pages * (PAGE_SIZE / 1024));
}

static s32 show_meminfo(struct text *text, struct process *process)
{
    u32 cached = pages_cached();
    (void)process;
    kib(text, "MemTotal", frames_total());
    kib(text, "MemFree", frames_free());
    kib(text, "MemAvailable", frames_free() + cached);
    kib(text, "Buffers", 0);
    kib(text, "Cached", cached);
    kib(text, "SwapCached", 0);
    kib(text, "SwapTotal", 0);
    kib(text, "SwapFree", 0);
    return 0;
}

static void brand(char name[49])
{
    u32 r[4];
    cpuid_all(0x80000000, r);
    memset(name, 0, 49);
    for (u32 i = 0; r[0] >= 0x80000004 && i < 3; i++) {
        cpuid_all(0x80000002 + i, r);
        memcpy(name + 16 * i, r, 16);
    }
    while (*name == ' ')
        memmove(name, name + 1, 48);
}

static s32 show_cpuinfo(struct text *text, struct process *process)
{
    static const char *const flags[32] = { "fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", NULL, "sep", "mtrr", "pge", "mca", "cmov",
                                           "pat", "pse36", "pn", "clflush", NULL, "dts", "acpi", "mmx", "fxsr", "sse", "sse2", "ss", "ht", "tm", "ia64", "pbe" };
    u32 r[4];
    char vendor[13] = { 0 }, name[49];
    (void)process;
    cpuid_all(0, r);
    memcpy(vendor, &r[1], 4);
    memcpy(vendor + 4, &r[3], 4);
    memcpy(vendor + 8, &r[2], 4);
    cpuid_all(1, r);
    brand(name);
    text_add(text, "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\nstepping\t: %u\n", vendor, r[0] >> 8 & 15,
             (r[0] >> 4 & 15) | (r[0] >> 12 & 0xf0), name[0] ? name : "real86", r[0] & 15);
    text_add(text, "cpu MHz\t\t: 100.000\nfpu\t\t: %s\nflags\t\t:", r[3] & 1 ? "yes" : "no");
    for (u32 i = 0; i < COUNT(flags); i++)
        if (r[3] >> i & 1 && flags[i])
            text_add(text, " %s", flags[i]);
    text_add(text, "\nbogomips\t: 100.00\n\n");
    return 0;
}

static s32 show_uptime(struct text *text, struct process *process)
{
    u32 ticks, seconds = (u32)divide(clock_ticks(), TICKS_PER_SECOND, &ticks);
    (void)process;
    text_add(text, "%u.%02u 0.00\n", seconds, ticks / (TICKS_PER_SECOND / 100));
    return 0;
}

static s32 show_version(struct text *text, struct process *process)
{
    (void)process;
    text_add(text, "Linux version 6.1.0-real86 (real86) #1\n");
    return 0;
}

static s32 show_loadavg(struct text *text, struct process *process)
{
    u32 count = 0, last = 1;
    (void)process;
    for (const struct process *one = processes; one; one = one->next) {
        count += one->thread_count;
        last = one->pid > last ? one->pid : last;
    }
    text_add(text, "0.00 0.00 0.00 1/%u %u\n", count, last);
    return 0;
}

static s32 show_filesystems(struct text *text, struct process *process)
{
    (void)process;
    text_add(text, "nodev\tproc\nnodev\ttmpfs\nnodev\tpipefs\n\text2\n");
    return 0;
}

#define FILE(file, function) { .name = file, .mode = S_IFREG | 0444, .show = function }

const struct node proc_root_nodes[] = {
    { .name = "self", .mode = S_IFLNK | 0777, .link = link_self }, { .name = "mounts", .mode = S_IFLNK | 0777, .link = link_mounts },
    FILE("meminfo", show_meminfo), FILE("cpuinfo", show_cpuinfo), FILE("uptime", show_uptime), FILE("version", show_version),
    FILE("loadavg", show_loadavg), FILE("filesystems", show_filesystems),
};
const u32 proc_root_count = COUNT(proc_root_nodes);
