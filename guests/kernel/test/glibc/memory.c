/* Memory: all forms of mmap, fork and sharing, mremap, madvise, limits, the C library's malloc. */
#include "check.h"
#include <fcntl.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED (MAP_SHARED | MAP_ANONYMOUS)

static char program[1024];
static sigjmp_buf back;
static volatile int last_signal, last_code;

static void jump(int number, siginfo_t *info, void *context)
{
    (void)context;
    last_signal = number;
    last_code = info->si_code;
    siglongjmp(back, 1);
}

/* The signal that a read or a write of a byte there gives; 0: none. */
static int touch(volatile char *at, int write)
{
    last_signal = 0;
    if (!sigsetjmp(back, 1)) {
        char c = *at;
        if (write)
            *at = c;
    }
    return last_signal;
}

static int wait_code(pid_t pid)
{
    int status = -1;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void shared(void)
{
    int *page = mmap(NULL, 3 * PAGE, RW, SHARED, -1, 0);
    page[0] = 1;
    pid_t child = fork();
    if (!child) {
        page[0]++;
        page[2048] = 77;   /* a page that nobody had touched before the fork */
        _exit(0);
    }
    wait_code(child);
    check(page[0] == 2 && page[2048] == 77, "shared pages, touched before and after the fork");
    equal(mprotect(page, PAGE, PROT_READ), 0, "mprotect of a shared page");
    equal(touch((char *)page, 1), SIGSEGV, "read-only now");
    mprotect(page, PAGE, RW);
    page[0] = 5;
    child = fork();
    if (!child)
        _exit(page[0] == 5 ? (page[0] = 6, 0) : 1);
    check(wait_code(child) == 0 && page[0] == 6, "and shared still");
    int *again = mremap(page, 0, 3 * PAGE, MREMAP_MAYMOVE);
    check(again != MAP_FAILED && again != page && again[0] == 6, "mremap of length 0: a second view");
    again[1] = 9;
    equal(page[1], 9, "of the same pages");
    munmap(page, 3 * PAGE);
    equal(again[1], 9, "which stay while one is left");
    madvise(again, PAGE, MADV_DONTNEED);
    equal(again[1], 9, "MADV_DONTNEED does not lose shared pages");
    munmap(again, 3 * PAGE);
}

static void files(void)
{
    int file = open(program, O_RDONLY);
    char header[4];
    check(file >= 0 && read(file, header, 4) == 4, "the program's own file");
    char *map = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, file, 0);
    check(map != MAP_FAILED && !memcmp(map, "\177ELF", 4), "mapped, private");
    char *writable = mmap(NULL, PAGE, RW, MAP_PRIVATE, file, 0);
    writable[1] = 'X';
    check(map[1] == 'E' && writable[1] == 'X', "a write makes a private copy");
    pid_t child = fork();
    if (!child) {
        writable[2] = 'Y';
        _exit(0);
    }
    wait_code(child);
    check(writable[2] == 'L', "of each process its own");
    equal(madvise(writable, PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED");
    check(writable[1] == 'E', "brings back the file's");
    fails(mmap(NULL, PAGE, RW, MAP_SHARED, file, 0), EACCES, "shared and writable needs a file opened so");
    char *view = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
    check(view != MAP_FAILED && view[1] == 'E', "shared and read-only does not");
    fails(mprotect(view, PAGE, RW), EACCES, "and mprotect does not get round it");
    long size = lseek(file, 0, SEEK_END), pages = (size + PAGE - 1) / PAGE;
    char *far = mmap(NULL, (pages + 2) * PAGE, PROT_READ, MAP_PRIVATE, file, 0);
    equal(touch(far + size - 1, 0), 0, "the last byte of the file");
    equal(touch(far + pages * PAGE - 1, 0), 0, "the rest of its page");
    equal(touch(far + pages * PAGE, 0), SIGBUS, "the page after it");
    equal(last_code, BUS_ADRERR, "BUS_ADRERR");
    char *offset = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, PAGE);
    check(!memcmp(offset, map + PAGE, PAGE), "an offset");
    fails(syscall(SYS_mmap2, NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0), EBADF, "no such descriptor");
    close(file);
    check(!memcmp(map, "\177ELF", 4), "a mapping outlives the descriptor");
}

static void places(void)
{
    char *base = mmap(NULL, 16 * PAGE, PROT_NONE, PRIVATE | MAP_NORESERVE, -1, 0);
    equal(touch(base, 0), SIGSEGV, "PROT_NONE");
    equal(last_code, SEGV_ACCERR, "is SEGV_ACCERR");
    for (int i = 0; i < 16; i += 2)
        check(mmap(base + i * PAGE, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0) == base + i * PAGE, "MAP_FIXED over page %d", i);
    check(touch(base, 1) == 0 && touch(base + PAGE, 0) == SIGSEGV, "takes that page only");
    fails(mmap(base, PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0), EEXIST, "MAP_FIXED_NOREPLACE");
    munmap(base + 4 * PAGE, 4 * PAGE);
    check(mmap(base + 5 * PAGE, PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0) == base + 5 * PAGE, "in a hole");
    equal(touch(base + 4 * PAGE, 0), SIGSEGV, "beside it");
    equal(last_code, SEGV_MAPERR, "is SEGV_MAPERR");
    unsigned char there[16];
    munmap(base, 16 * PAGE);
    base = mmap(NULL, 16 * PAGE, RW, PRIVATE, -1, 0);
    base[0] = base[3 * PAGE] = 1;
    equal(mincore(base, 16 * PAGE, there), 0, "mincore");
    check(there[0] == 1 && there[1] == 0 && there[3] == 1, "tells what is in memory");
    munmap(base + PAGE, PAGE);
    fails(mincore(base, 16 * PAGE, there), ENOMEM, "mincore over a hole");
    fails(msync(base, 16 * PAGE, MS_SYNC), ENOMEM, "msync over a hole");
    equal(msync(base, PAGE, MS_SYNC), 0, "msync");
    fails(msync(base, PAGE, MS_SYNC | MS_ASYNC), EINVAL, "msync both ways");
    fails(mlock(base, 16 * PAGE), ENOMEM, "mlock over a hole");
    equal(mlock(base, PAGE), 0, "mlock");
    equal(munlock(base, PAGE), 0, "munlock");
    fails(madvise(base, 16 * PAGE, MADV_DONTNEED), ENOMEM, "madvise over a hole");
    equal(base[3 * PAGE], 0, "is done where it can be");
    fails(madvise(base, PAGE, 99), EINVAL, "unknown advice");
    fails(mprotect(base, 16 * PAGE, PROT_READ), ENOMEM, "mprotect over a hole");
    munmap(base, 16 * PAGE);
    fails(mmap(NULL, 0, RW, PRIVATE, -1, 0), EINVAL, "no length");
    fails(munmap(base + 1, PAGE), EINVAL, "munmap off a page");
    fails(mmap(base + 1, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0), EINVAL, "MAP_FIXED off a page");
    fails(mmap(NULL, 0xfffff000, RW, PRIVATE, -1, 0), ENOMEM, "more than there is room for");
    base = mmap(NULL, 4 * PAGE, RW, PRIVATE, -1, 0);
    madvise(base, PAGE, MADV_DONTFORK);
    madvise(base + PAGE, PAGE, MADV_WIPEONFORK);
    base[0] = base[PAGE] = base[2 * PAGE] = 3;
    pid_t child = fork();
    if (!child)
        _exit((touch(base, 0) == SIGSEGV) + 2 * (base[PAGE] == 0) + 4 * (base[2 * PAGE] == 3));
    equal(wait_code(child), 7, "MADV_DONTFORK, MADV_WIPEONFORK");
}

static void moves(void)
{
    char *base = mmap(NULL, 8 * PAGE, RW, PRIVATE, -1, 0);
    for (int i = 0; i < 8; i++)
        base[i * PAGE] = (char)(i + 1);
    char *target = mmap(NULL, 16 * PAGE, PROT_NONE, PRIVATE, -1, 0);
    check(mremap(base, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target, "mremap to a fixed place");
    check(target[7 * PAGE] == 8 && touch(base, 0) == SIGSEGV, "with its pages");
    equal(touch(target + 8 * PAGE, 0), SIGSEGV, "what was there after them stays");
    fails(mremap(target, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + PAGE), EINVAL, "onto itself");
    fails(mremap(target, 64 * PAGE, 65 * PAGE, MREMAP_MAYMOVE), EFAULT, "more than there is");
    char *kept = mremap(target, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | 4, NULL);
    check(kept != MAP_FAILED && kept[3 * PAGE] == 4 && target[3 * PAGE] == 0, "MREMAP_DONTUNMAP");
    check(mremap(kept, 8 * PAGE, 2 * PAGE, 0) == kept && touch(kept + 2 * PAGE, 0) == SIGSEGV, "shrinks");
}

static void limits(void)
{
    pid_t child = fork();
    if (!child) {
        struct rlimit limit = { 64 << 20, 64 << 20 };
        setrlimit(RLIMIT_AS, &limit);
        _exit(malloc(100 << 20) == NULL && malloc(1 << 20) != NULL ? 0 : 1);
    }
    equal(wait_code(child), 0, "RLIMIT_AS makes malloc fail");
    char *sparse = mmap(NULL, 512 << 20, RW, PRIVATE | MAP_NORESERVE, -1, 0);
    check(sparse != MAP_FAILED, "512 MiB of address space");
    for (int i = 0; i < 64; i++)
        sparse[i * (8 << 20)] = (char)i;
    int sum = 0;
    for (int i = 0; i < 64; i++)
        sum += sparse[i * (8 << 20)];
    equal(sum, 2016, "of which 64 pages are used");
    munmap(sparse, 512 << 20);
    void *start = sbrk(0);
    check(sbrk(100000) == start && sbrk(-100000) == (char *)start + 100000 && sbrk(0) == start, "sbrk");
}

static unsigned seed = 1;
static unsigned next(void) { return seed = seed * 1664525 + 1013904223; }

/* A checksum over everything a program sees of its blocks. */
static void mallocs(int operations)
{
    enum { BLOCKS = 500 };
    static unsigned char *block[BLOCKS];
    static unsigned size[BLOCKS];
    unsigned sum = 0;
    for (int i = 0; i < operations; i++) {
        unsigned which = next() >> 8 & 511, how = next() >> 16 & 3, wanted = (next() >> 12 & 15) == 0 ? next() >> 12 & 0x3ffff : next() >> 20 & 0x3ff;
        if (which >= BLOCKS)
            continue;
        if (how == 0 || !block[which]) {
            free(block[which]);
            block[which] = malloc(wanted + 1);
            memset(block[which], (int)(which + wanted), wanted + 1);
        } else if (how == 1) {
            free(block[which]);
            block[which] = NULL;
            continue;
        } else if (how == 2) {
            block[which] = realloc(block[which], wanted + 1);
            memset(block[which], (int)(which + wanted), wanted + 1);
        } else {
            sum = sum * 31 + block[which][0] + block[which][size[which]] * 7u;
            continue;
        }
        size[which] = wanted;
    }
    check(1, "%d operations of malloc: %u", operations, sum);
}

int main(int argc, char **argv)
{
    struct sigaction action = { .sa_sigaction = jump, .sa_flags = SA_SIGINFO };
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    readlink("/proc/self/exe", program, sizeof program - 1);
    shared();
    files();
    places();
    moves();
    limits();
    mallocs(argc > 1 ? atoi(argv[1]) : 50000);
    return failures;
}
