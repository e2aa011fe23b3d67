/*
 * Executes the cases of the disk, one after the other, and tells the outcome of each on port E9h. test/opinions/table.ts has the form of the
 * table, test/opinions/outcome.ts that of the lines:
 *
 *   @<case> <vector> <word of state>=<value>... +<offset>=<doubleword>...       numbers in hex; words that are as the case wanted them, and memory that is
 *                                                                               as it was, are left out
 *   @<case> shutdown                                                           the machine was reset
 *   * <CPUID leaf 1: EAX, ECX, EDX> at the beginning, . at the end
 */
#include "harness.h"

#define TABLE    ((const u32 *)0x200000)
#define TEMPLATE ((u8 *)0x100000)               /* of 64 KiB each; 15 at most */
#define BEFORE   ((u32 *)0x1f0000)              /* the arena as it was when the case began */
#define ARENA    ((u8 *)0x20000)
#define BYTES    0x10000
#define MOST_TOLD 200
#define INT3S 0xcccccccc

struct table {
    u32 magic, sectors, templates, cases, first;
};

/* Where we are, in memory that a reset leaves alone, whether the BIOS then comes back to us at once or boots the disk again. */
static struct progress {
    u32 magic, number;
    const u32 *current;
} *const kept = (struct progress *)0x1d0000;
#define MAGIC 0x53455341

static const struct table *table = (const struct table *)TABLE;

/* Count, then offset | length << 16 and the bytes, padded to whole words. */
static const u32 *apply(const u32 *patches, u8 *to)
{
    u32 count = *patches++;
    while (count--) {
        u32 offset = *patches & 0xffff, length = *patches >> 16;
        copy(to + offset, patches + 1, length);
        patches += 1 + (length + 3) / 4;
    }
    return patches;
}

static void tell_memory(void)
{
    const u32 *now = (const u32 *)ARENA;
    u32 told = 0, sum = 0;
    for (u32 i = 0; (i = first_difference(now, BEFORE, i, BYTES / 4)) < BYTES / 4; i++) {
        if (told++ < MOST_TOLD)
            tell_pair('+', i * 4, now[i]);
        else
            sum = (sum ^ now[i]) * 0x01000193 + i;
    }
    if (told > MOST_TOLD)
        tell_pair('+', 0x10000, sum);
}

static void tell_end(void)
{
    tell_char('@');
    tell_number(kept->number);
    tell_char(' ');
    tell_number(vector);
    for (u32 i = 0; i < STATE_WORDS; i++)
        if (found[i] != wanted[i])
            tell_pair(' ', i, found[i]);
    tell_memory();
    tell_char('\n');
    tell_flush();
}

static void tell_shutdown(void)
{
    tell_char('@');
    tell_number(kept->number);
    tell_text(" shutdown\n");
    tell_flush();
}

/* What lies around the arena is the same on all machines, and ends whatever strays into it; but for what the BIOS needs after a reset. */
static void fill_surroundings(void)
{
    fill((void *)0, INT3S, 0x400);
    fill((void *)0x600, INT3S, 0x7a00);
    fill(ARENA + BYTES, INT3S, BYTES);
}

/* One case: template, way in, options, state, patches. */
static const u32 *run(const u32 *one)
{
    u32 options = one[2];
    copy(ARENA, TEMPLATE + one[0] * BYTES, BYTES);
    copy(wanted, one + 3, STATE_WORDS * 4);
    wanted[STATE_WORDS] = wanted[STATE_ESP];
    wanted[STATE_WORDS + 1] = wanted[STATE_SS];
    copy(found, wanted, STATE_WORDS * 4);
    vector = 0;
    const u32 *next = apply(one + 3 + STATE_WORDS, ARENA);
    copy(BEFORE, ARENA, BYTES);
    fill_surroundings();
    initialize_fpu();
    if (options & OPTION_TIMER)
        await_timer();
    enter(one[1]);
    if (options & OPTION_TIMER)
        forget_timer();
    tell_end();
    return next;
}

static void begin(void)
{
    read_disk(TABLE_SECTOR, 1, (void *)TABLE);
    read_disk(TABLE_SECTOR, table->sectors, (void *)TABLE);
    tell_processor();
    kept->current = TABLE + sizeof *table / 4;
    for (u32 i = 0; i < table->templates; i++)
        kept->current = apply(kept->current, TEMPLATE + i * BYTES);
    kept->number = table->first;
    kept->magic = MAGIC;
}

void harness(void)
{
    find_processor();
    initialize_interrupts();
    if (kept->magic == MAGIC) {
        tell_shutdown();
        kept->current = apply(kept->current + 3 + STATE_WORDS, NOWHERE);
        kept->number++;
    } else {
        begin();
    }
    while (kept->number < table->first + table->cases) {
        come_back_after_reset();
        kept->current = run(kept->current);
        kept->number++;
    }
    tell_text(".\n");
    tell_flush();
    end_run();
}
