/* mmap, munmap, mprotect, brk: regions split and join, rights hold, pages begin as zeros. */
#include "test.h"

static u32 bss[3 * 1024];

START(memory)
{
    (void)edx;
    check(map(0, 0, RW, PRIVATE_ANONYMOUS) == (u32)-EINVAL, "mmap of nothing");
    check(map(0, PAGE, RW, 0x20) == (u32)-EINVAL, "mmap neither shared nor private");
    check(map(0, 0xfffff000, RW, PRIVATE_ANONYMOUS) == (u32)-ENOMEM, "mmap of more than there is");
    if (stack[0] == 1)   /* natively, root may: give it any argument */
        equal(map(0x1000, PAGE, RW, PRIVATE_ANONYMOUS | FIXED), (u32)-EPERM, "mmap close to the null page is refused");
    equal(map(0x40000001, PAGE, RW, PRIVATE_ANONYMOUS | FIXED), (u32)-EINVAL, "MAP_FIXED not on a page");

    u32 a = map(0, 5 * PAGE + 1, RW, PRIVATE_ANONYMOUS), b = map(0, PAGE, RW, PRIVATE_ANONYMOUS);
    check(!(a & 4095) && a < 0xfffff000, "mmap places on a page");
    equal(b, a - PAGE, "the next mapping lies below");
    equal(word_at(a + 5 * PAGE + 4092), 0, "the last page, rounded up, is zero");
    for (u32 i = 0; i < 6; i++)
        word_at(a + i * PAGE) = i + 1;

    equal(unmap(a + 1, PAGE), (u32)-EINVAL, "munmap not on a page");
    equal(unmap(a, 0), (u32)-EINVAL, "munmap of nothing");
    equal(unmap(a + 2 * PAGE, PAGE), 0, "munmap in the middle");
    check(readable(a + PAGE) && !readable(a + 2 * PAGE) && readable(a + 3 * PAGE), "leaves both sides");
    equal(word_at(a + PAGE) + word_at(a + 3 * PAGE), 6, "with what was in them");
    equal(unmap(a + 2 * PAGE, PAGE), 0, "munmap where nothing is");
    equal(map(a + 2 * PAGE, PAGE, RW, PRIVATE_ANONYMOUS), a + 2 * PAGE, "a hint that is free is used");
    equal(word_at(a + 2 * PAGE), 0, "and holds zeros, not the old page");
    check(map(a + 2 * PAGE, PAGE, RW, PRIVATE_ANONYMOUS) != a + 2 * PAGE, "a hint that is taken is not");
    equal(map(a, PAGE, RW, PRIVATE_ANONYMOUS | NOREPLACE), (u32)-EEXIST, "MAP_FIXED_NOREPLACE on a taken page");
    equal(map(a + PAGE, 2 * PAGE, RW, PRIVATE_ANONYMOUS | FIXED), a + PAGE, "MAP_FIXED over two regions");
    equal(word_at(a + PAGE) + word_at(a), 1, "replaces the pages it covers, no others");

    equal(protect(a, PAGE, R), 0, "mprotect to read-only");
    equal(word_at(a), 1, "keeps the page");
    equal(call3(SYS_fstat64, 1, a + 16, 0), (u32)-EFAULT, "which the kernel does not write either");
    equal(protect(a, PAGE, NONE), 0, "mprotect to nothing");
    check(!readable(a), "takes the page out of reach");
    equal(protect(a, PAGE, RW), 0, "mprotect back");
    word_at(a + 4) = 9;
    equal(word_at(a) * 10 + word_at(a + 4), 19, "and the page is as it was, and writable");
    equal(protect(a + 1, PAGE, R), (u32)-EINVAL, "mprotect not on a page");
    unmap(a + 4 * PAGE, PAGE);
    equal(protect(a + 3 * PAGE, 3 * PAGE, R), (u32)-ENOMEM, "mprotect over a hole");

    word_at(a + PAGE) = 7;
    equal(call3(SYS_madvise, a + PAGE, PAGE, 4), 0, "madvise DONTNEED");
    equal(word_at(a + PAGE), 0, "and the page is zero again");

    u32 m = map(0, 64 * PAGE, RW, PRIVATE_ANONYMOUS);
    word_at(m) = 0x1234;
    word_at(m + 63 * PAGE) = 0x5678;
    u32 n = (u32)call6(SYS_mremap, m, 64 * PAGE, 512 * PAGE, 1, 0, 0);
    check(n < 0xfffff000 && word_at(n) == 0x1234 && word_at(n + 63 * PAGE) == 0x5678, "mremap moves pages along");
    equal(word_at(n + 511 * PAGE), 0, "and adds zeros");
    check(n == m || !readable(m), "and leaves nothing behind");
    equal((u32)call6(SYS_mremap, n, 512 * PAGE, PAGE, 0, 0, 0), n, "mremap shrinks in place");
    check(readable(n) && !readable(n + PAGE), "giving the rest back");

    u32 start = (u32)call3(SYS_brk, 0, 0, 0);
    check(start >= (u32)bss + sizeof bss, "the heap begins after bss");
    equal((u32)call3(SYS_brk, start + 10000, 0, 0), start + 10000, "brk grows by any number of bytes");
    equal(word_at(start + 9996), 0, "the heap is zero");
    word_at(start) = 5;
    word_at(start + 9996) = 6;
    equal((u32)call3(SYS_brk, start + 8192, 0, 0), start + 8192, "brk shrinks");
    check(readable(start + 8191) && !readable(start + 12288), "by whole pages");
    equal((u32)call3(SYS_brk, start + 12288, 0, 0), start + 12288, "and grows again");
    equal(word_at(start) * 10 + word_at(start + 9996), 50, "into zeros");
    equal((u32)call3(SYS_brk, start - 1, 0, 0), start + 12288, "brk below the start answers with the end");
    u32 wall = (start + 0x20000) & ~4095u;
    equal(map(wall, PAGE, RW, PRIVATE_ANONYMOUS | FIXED), wall, "a mapping in the way of the heap");
    equal((u32)call3(SYS_brk, wall + PAGE, 0, 0), start + 12288, "stops brk");
    equal(bss[0] + bss[3071], 0, "bss is zero");
    finish();
}
