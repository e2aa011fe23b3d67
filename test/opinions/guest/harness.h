/* What the parts of the harness ask of one another. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

/* state.inc */
#define STATE_WORDS 35
#define STATE_ESP 4
#define STATE_SS 12

#define TABLE_SECTOR 65
/* Memory that nobody looks at: applying patches there finds where they end. */
#define NOWHERE ((u8 *)0x1e0000)

/* The timer's interrupt, vector 20h, waits when the case begins. */
#define OPTION_TIMER 1

/* enter.s, recorder.s */
extern u32 wanted[STATE_WORDS + 2], found[STATE_WORDS + 2], vector, has_sysenter;
void enter(u32 how);

/* console.c: of CPUID's leaf 1 */
extern u32 has_fxsave;
void tell_char(char c);
void tell_text(const char *text);
void tell_number(u32 value);
void tell_pair(char before, u32 name, u32 value);
void tell_flush(void);
void find_processor(void);
void tell_processor(void);

/* machine.c */
void read_disk(u32 sector, u32 count, void *to);
void initialize_interrupts(void);
void await_timer(void);
void forget_timer(void);
void come_back_after_reset(void);
void end_run(void);
void initialize_fpu(void);

static inline void out8(u16 port, u8 value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 in8(u16 port)
{
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void copy(void *to, const void *from, u32 bytes)
{
    u32 words = bytes / 4;
    bytes &= 3;
    __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static inline void fill(void *at, u32 word, u32 bytes)
{
    u32 words = bytes / 4;
    __asm__ volatile("rep stosl" : "+D"(at), "+c"(words) : "a"(word) : "memory");
}

/* From `start` on; `end` if there is none. */
static inline u32 first_difference(const u32 *a, const u32 *b, u32 start, u32 end)
{
    while (start < end && a[start] == b[start])
        start++;
    return start;
}
