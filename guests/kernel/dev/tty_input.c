/*
 * Input processing: what is typed becomes signals, editing of the line, or input that can be read.
 *
 * The ring holds whole lines, then the line being typed. Without ICANON each byte can be read at once, and no line is kept.
 */
#include "tty.h"
#include "../lib/string.h"
#include "../proc/signal.h"

static int is(u8 byte, u32 which)
{
    return byte && byte == tty.termios.characters[which];   /* _POSIX_VDISABLE is 0 */
}

static u32 local(u32 flag)
{
    return tty.termios.local & flag;
}

static u16 *place(u32 index)
{
    return &tty.ring[(tty.start + index) % INPUT_MAX];
}

static void store(u16 value)
{
    if (tty.count == INPUT_MAX - 1 && !(value & (INPUT_END | INPUT_EOF)))
        return;   /* full: one place is left for the end of the line */
    if (tty.count == INPUT_MAX)
        return;
    *place(tty.count++) = value;
    tty.line++;
}

static void finish_line(void)
{
    tty.line = 0;
    tty.lines++;
    wake_up(&tty.readable);
}

u16 tty_take(void)
{
    u16 value = *place(0);
    tty.start = (tty.start + 1) % INPUT_MAX;
    tty.count--;
    if (value & (INPUT_END | INPUT_EOF))
        tty.lines--;
    return value;
}

void tty_flush_input(void)
{
    tty.start = tty.count = tty.line = tty.lines = 0;
}

void tty_mode_changed(u32 old_local)
{
    if (!((old_local ^ tty.termios.local) & ICANON) || !tty.line)
        return;
    if (!local(ICANON)) {          /* what was being typed can be read as it is */
        *place(tty.count - 1) |= INPUT_END;
        finish_line();
    }
    wake_up(&tty.readable);
}

/* The column at which the line begins is not known, so it is counted from the last byte that is erased. */
static u32 column_before(u32 index)
{
    u32 first = tty.count - tty.line, column = 0;
    for (u32 i = first; i < index; i++) {
        u8 byte = (u8)*place(i);
        column += byte == '\t' ? 8 - column % 8 : (byte < 0x20 || byte == 0x7f ? 2 : (byte & 0xc0) != 0x80);
    }
    return column;
}

static void erase_one(void)
{
    u8 byte;
    u32 before;
    do {   /* with its continuation bytes, a character of UTF-8 */
        byte = (u8)*place(--tty.count);
        tty.line--;
    } while (tty.termios.input & IUTF8 && (byte & 0xc0) == 0x80 && tty.line);
    if (!local(ECHO))
        return;
    if (!local(ECHOE)) {
        tty_echo(tty.termios.characters[VERASE]);
        return;
    }
    before = byte == '\t' ? column_before(tty.count) : 0;
    tty_erase_echo(byte, before);
}

static int is_blank(u8 byte)
{
    return byte == ' ' || byte == '\t';
}

static void erase_word(void)
{
    while (tty.line && is_blank((u8)*place(tty.count - 1)))
        erase_one();
    while (tty.line && !is_blank((u8)*place(tty.count - 1)))
        erase_one();
}

static void erase_line(void)
{
    if (local(ECHOK) && local(ECHOKE) && local(ECHOE)) {
        while (tty.line)
            erase_one();
        return;
    }
    tty.count -= tty.line;
    tty.line = 0;
    if (local(ECHO))
        tty_echo(tty.termios.characters[VKILL]);
    if (local(ECHO) && local(ECHOK))
        tty_put(tty.port, '\n');
}

static void reprint(void)
{
    tty_echo(tty.termios.characters[VREPRINT]);
    tty_put(tty.port, '\n');
    for (u32 i = tty.count - tty.line; i < tty.count; i++)
        tty_echo((u8)*place(i));
}

static void echo(u8 byte)
{
    if (local(ECHO) || (byte == '\n' && local(ECHONL) && local(ICANON)))
        tty_echo(byte);
}

/* 1: it was one of the keys that edit or end a line. */
static int edit(u8 byte)
{
    if (is(byte, VERASE) || is(byte, VKILL) || (local(IEXTEN) && is(byte, VWERASE))) {
        if (tty.line && is(byte, VERASE))
            erase_one();
        else if (tty.line && is(byte, VKILL))
            erase_line();
        else if (tty.line)
            erase_word();
        return 1;
    }
    if (local(IEXTEN) && is(byte, VLNEXT)) {
        tty.literal = 1;
        if (local(ECHO) && local(ECHOCTL)) {
            tty_put(tty.port, '^');
            tty_put(tty.port, '\b');
        }
        return 1;
    }
    if (local(IEXTEN) && local(ECHO) && is(byte, VREPRINT)) {
        reprint();
        return 1;
    }
    if (byte == '\n' || is(byte, VEOL) || (local(IEXTEN) && is(byte, VEOL2))) {
        echo(byte);
        store(byte | INPUT_END);
        finish_line();
        return 1;
    }
    if (is(byte, VEOF)) {
        store(INPUT_EOF);
        finish_line();
        return 1;
    }
    return 0;
}

static void take_signal_key(u8 byte, u32 signal)
{
    if (!local(NOFLSH)) {
        tty_flush_input();
        wake_up(&tty.readable);
    }
    if (local(ECHO))
        tty_echo(byte);
    tty_signal(signal);
}

/* 1: it stood for a signal, or for flow control. */
static int control(u8 byte)
{
    if (tty.termios.input & IXON) {
        int starts = is(byte, VSTART) || (tty.stopped && tty.termios.input & IXANY && !is(byte, VSTOP));
        if (starts && tty.stopped) {
            tty.stopped = 0;
            wake_up(&tty.writable);
        }
        if (is(byte, VSTOP))
            tty.stopped = 1;
        if (is(byte, VSTART) || is(byte, VSTOP))
            return 1;
    }
    if (!local(ISIG))
        return 0;
    u32 signal = is(byte, VINTR) ? SIGINT : is(byte, VQUIT) ? SIGQUIT : is(byte, VSUSP) ? SIGTSTP : 0;
    if (signal)
        take_signal_key(byte, signal);
    return signal != 0;
}

void terminal_input(u8 byte)
{
    u32 input = tty.termios.input;
    if (input & ISTRIP)
        byte &= 0x7f;
    if (tty.literal)
        tty.literal = 0;
    else {
        if (control(byte))
            return;
        if (byte == '\r') {
            if (input & IGNCR)
                return;
            if (input & ICRNL)
                byte = '\n';
        } else if (byte == '\n' && input & INLCR)
            byte = '\r';
        if (local(ICANON) && edit(byte))
            return;
    }
    echo(byte);
    store(byte);
    if (!local(ICANON)) {
        tty.line = 0;
        wake_up(&tty.readable);
    }
}

void terminal_news(u8 byte)
{
    static u8 message[5];
    static u32 length;
    message[length++] = byte;
    if (message[0] != 'W')
        length = 0;
    if (length < sizeof message)
        return;
    length = 0;
    tty.rows = (u16)(message[1] | message[2] << 8);
    tty.columns = (u16)(message[3] | message[4] << 8);
    tty_signal(SIGWINCH);
}

void terminal_hangup(void)
{
    if (tty.hung_up)
        return;
    tty.hung_up = 1;
    wake_up(&tty.readable);
    tty_signal(SIGHUP);
}
