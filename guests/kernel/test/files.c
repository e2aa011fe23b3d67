/* Files read and mapped, descriptors, bad pointers. It reads its own executable. */
#include "test.h"

static const char marker[] = "a constant in the text or data of this very program";
static u32 initialised = 0x600df00d;
static char buffer[4096];

static int same(const char *a, const char *b, u32 count)
{
    while (count && *a == *b)
        a++, b++, count--;
    return !count;
}

static int contains(const char *text, u32 size, const char *part)
{
    for (u32 at = 0; at + length(part) <= size; at++)
        if (same(text + at, part, length(part)))
            return 1;
    return 0;
}

static u32 map_file(int descriptor, u32 size, u32 prot, u32 flags, u32 page)
{
    return (u32)call6(SYS_mmap2, 0, size, prot, flags, (u32)descriptor, page);
}

START(files)
{
    const char *self = (const char *)auxiliary(stack, 31);   /* AT_EXECFN */
    (void)edx;
    int fd = call3(SYS_open, self, 0, 0);
    check(fd == 3, "open gives the lowest free descriptor");
    equal((u32)call3(SYS_open, "/no/such/file", 0, 0), (u32)-ENOENT, "open of what is not there");
    equal((u32)call3(SYS_open, 4, 0, 0), (u32)-EFAULT, "open of a path at a bad address");
    equal((u32)call3(SYS_open, 0xfffff000, 0, 0), (u32)-EFAULT, "open of a path in the kernel");
    equal((u32)call3(SYS_read, fd, buffer, 16), 16, "read");
    check(same(buffer, "\177ELF", 4), "finds the ELF magic");
    equal((u32)call3(SYS_read, fd, 0, 16), (u32)-EFAULT, "read to a null pointer");
    equal((u32)call3(SYS_read, fd, 0xfffff000, 16), (u32)-EFAULT, "read into the kernel");
    equal((u32)call3(SYS_read, fd, 0xfffffff0, 0x20), (u32)-EFAULT, "read around the end of memory");
    equal((u32)call3(SYS_write, 1, 0xfffff000, 4), (u32)-EFAULT, "write from the kernel");
    equal((u32)call3(SYS_write, 1, 0, 4), (u32)-EFAULT, "write from a null pointer");
    equal((u32)call3(SYS_write, 77, buffer, 4), (u32)-EBADF, "write to a descriptor that is not open");
    equal((u32)call3(SYS_write, fd, buffer, 4), (u32)-EBADF, "write to one open for reading");
    u32 size = (u32)call3(SYS_lseek, fd, 0, 2);
    check(size > PAGE && size < 0x100000, "lseek to the end tells the size");
    equal((u32)call3(SYS_read, fd, buffer, 16), 0, "where read finds nothing more");
    equal((u32)call3(SYS_lseek, fd, -1, 0), (u32)-EINVAL, "lseek before the beginning");

    u32 text = map_file(fd, size, R, 2, 0), copy = map_file(fd, size, RW, 2, 0), shared = map_file(fd, size, R, 1, 0);
    check(text < 0xfffff000 && copy < 0xfffff000 && shared < 0xfffff000, "mmap of a file: private, writable, shared");
    check(same((char *)text, "\177ELF", 4), "shows the file");
    word_at(copy) = 0x11111111;
    check(word_at(copy) == 0x11111111 && word_at(text) == word_at(shared) && word_at(text) != 0x11111111, "a private write stays private");
    equal(call3(SYS_lseek, fd, 0, 0), 0, "lseek back");
    call3(SYS_read, fd, buffer, 4);
    check(same(buffer, "\177ELF", 4), "and the file is as it was");
    u32 sum = 0;
    for (u32 at = size; at < ((size + 4095) & ~4095u); at++)
        sum += byte_at(text + at);
    equal(sum, 0, "beyond the end of the file the last page is zero");
    equal(map_file(fd, size, RW, 1, 0), (u32)-EACCES, "a shared writable mapping of a file open for reading");
    equal(map_file(77, size, R, 2, 0), (u32)-EBADF, "mmap of a descriptor that is not open");
    equal(protect(text, PAGE, RW), 0, "mprotect of a private file mapping to writable");
    word_at(text) = 0x22222222;
    check(word_at(shared) != 0x22222222, "copies before the write");
    u32 second = map_file(fd, PAGE, R, 2, 1);
    equal(word_at(second), word_at(shared + PAGE), "mmap at an offset");
    check(contains((char *)shared, size, marker), "all of the file is there");
    equal(initialised, 0x600df00d, "data is initialised");
    equal((u32)call3(SYS_close, fd, 0, 0), 0, "close");
    equal((u32)call3(SYS_close, fd, 0, 0), (u32)-EBADF, "once only");
    equal(word_at(second), word_at(shared + PAGE), "mappings outlive the descriptor");

    fd = call3(SYS_open, "/proc/self/maps", 0, 0);
    u32 got = 0;
    for (int part = 1; part > 0 && got < sizeof buffer; got += (u32)part)
        part = call3(SYS_read, fd, buffer + got, 100);   /* in odd pieces */
    check(contains(buffer, got, " r--s 00000000 ") && contains(buffer, got, " rw-p ") && contains(buffer, got, "[stack]\n"), "/proc/self/maps");
    if (stack[0] > 1)
        call3(SYS_write, 2, buffer, got);
    call3(SYS_close, fd, 0, 0);

    fd = call3(SYS_open, "/dev/zero", 2, 0);
    buffer[0] = buffer[99] = 1;
    check(call3(SYS_read, fd, buffer, 100) == 100 && !buffer[0] && !buffer[99], "/dev/zero");
    u32 zero = map_file(fd, 2 * PAGE, RW, 2, 0);
    word_at(zero + PAGE) = 1;
    equal(word_at(zero) + word_at(zero + PAGE), 1, "and mapped");
    fd = call3(SYS_open, "/dev/null", 2, 0);
    check(call3(SYS_read, fd, buffer, 100) == 0 && call3(SYS_write, fd, buffer, 100) == 100, "/dev/null");
    u32 pieces[4] = { (u32) "# one ", 6, (u32) "two\n", 4 };
    equal((u32)call3(SYS_writev, 1, pieces, 2), 10, "writev");
    equal((u32)call3(SYS_ioctl, fd, 0x5401, buffer), (u32)-ENOTTY, "ioctl: no terminal");
    finish();
}
