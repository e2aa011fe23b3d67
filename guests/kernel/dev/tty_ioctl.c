/* What tcgetattr, tcsetattr, tcsetpgrp and their like ask for. */
#include "../errno.h"
#include "../fs/ioctl.h"
#include "../mm/user.h"
#include "../proc/signal.h"
#include "tty.h"

struct winsize {
    u16 rows, columns, width, height;
};

static s32 set_modes(u32 argument, int flush)
{
    struct termios wanted;
    u32 old = tty.termios.local;
    s32 error = tty_job_check(1);
    if (error)
        return error;
    if (copy_from_user(&wanted, argument, sizeof wanted))
        return -EFAULT;
    if (flush)
        tty_flush_input();
    tty.termios = wanted;
    tty_mode_changed(old);
    if (tty.stopped && !(wanted.input & IXON)) {
        tty.stopped = 0;
        wake_up(&tty.writable);
    }
    return 0;
}

static s32 get_size(u32 argument)
{
    struct winsize size = { tty.rows, tty.columns, tty.width, tty.height };
    return copy_to_user(argument, &size, sizeof size);
}

static s32 set_size(u32 argument)
{
    struct winsize size;
    if (copy_from_user(&size, argument, sizeof size))
        return -EFAULT;
    int same = size.rows == tty.rows && size.columns == tty.columns && size.width == tty.width && size.height == tty.height;
    tty.rows = size.rows;
    tty.columns = size.columns;
    tty.width = size.width;
    tty.height = size.height;
    if (!same)
        tty_signal(SIGWINCH);
    return 0;
}

static s32 bytes_to_read(u32 argument)
{
    u32 count = tty.termios.local & ICANON ? tty.count - tty.line : tty.count;
    return copy_to_user(argument, &count, 4);
}

/* 0, 2: input is thrown away; output never waits. */
static s32 flush(u32 which)
{
    if (which > 2)
        return -EINVAL;
    if (which != 1)
        tty_flush_input();
    return 0;
}

/* 0 and 1: output is stopped and goes on; 2 and 3 would send STOP and START. */
static s32 flow(u32 how)
{
    if (how > 3)
        return -EINVAL;
    if (how < 2) {
        tty.stopped = how == 0;
        wake_up(&tty.writable);
    }
    return 0;
}

s32 tty_ioctl(struct file *file, u32 request, u32 argument)
{
    u32 nothing = 0;
    (void)file;
    switch (request) {
    case TCGETS: return copy_to_user(argument, &tty.termios, sizeof tty.termios);
    case TCSETS: case TCSETSW: return set_modes(argument, 0);
    case TCSETSF: return set_modes(argument, 1);
    case TIOCGWINSZ: return get_size(argument);
    case TIOCSWINSZ: return set_size(argument);
    case TIOCGPGRP: return tty_get_foreground(argument);
    case TIOCSPGRP: return tty_set_foreground(argument);
    case TIOCGSID: return tty_get_session(argument);
    case TIOCSCTTY: return tty_acquire(argument);
    case TIOCNOTTY: return tty_give_up();
    case FIONREAD: return bytes_to_read(argument);
    case TIOCOUTQ: return copy_to_user(argument, &nothing, 4);
    case TCFLSH: return flush(argument);
    case TCXONC: return flow(argument);
    case TCSBRK: case TIOCEXCL: case TIOCNXCL: return 0;
    default: return -ENOTTY;
    }
}
