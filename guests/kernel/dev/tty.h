/*
 * The terminal: the host's own, seen through the two serial ports. There is one. Source of the discipline: POSIX.1-2017,
 * chapter 11, and Linux's n_tty for what that leaves open.
 */
#pragma once
#include "../fs/file.h"
#include "../proc/wait_queue.h"

/* struct termios of the system calls */
struct termios {
    u32 input, output, control, local;
    u8 line, characters[19];
};

enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP, VSUSP, VEOL, VREPRINT, VDISCARD, VWERASE, VLNEXT, VEOL2 };

/* input */
#define IGNCR   0000200u
#define ICRNL   0000400u
#define INLCR   0000100u
#define ISTRIP  0000040u
#define IUCLC   0001000u
#define IXON    0002000u
#define IXANY   0004000u
#define IUTF8   0040000u
/* output */
#define OPOST   0000001u
#define OLCUC   0000002u
#define ONLCR   0000004u
#define OCRNL   0000010u
#define ONOCR   0000020u
#define ONLRET  0000040u
#define TABDLY  0014000u
#define XTABS   0014000u
/* local */
#define ISIG    0000001u
#define ICANON  0000002u
#define ECHO    0000010u
#define ECHOE   0000020u
#define ECHOK   0000040u
#define ECHONL  0000100u
#define NOFLSH  0000200u
#define TOSTOP  0000400u
#define ECHOCTL 0001000u
#define ECHOKE  0004000u
#define IEXTEN  0100000u

#define INPUT_MAX 4096u
/* What a place of the input ring holds besides its byte. */
#define INPUT_END 0x100u   /* the byte ends a line */
#define INPUT_EOF 0x200u   /* no byte: end of file, or of what had been typed so far */

struct tty {
    struct termios termios;
    u16 rows, columns, width, height;    /* struct winsize; the last two in pixels */
    u16 ring[INPUT_MAX];
    u32 start, count;                    /* places in use */
    u32 line;                            /* of these, at the end: the line being typed */
    u32 lines;                           /* whole lines before it */
    u32 column;                          /* of the cursor */
    u8 literal;                          /* the next byte is taken as it is: VLNEXT */
    u8 stopped;                          /* by VSTOP */
    u8 hung_up;                          /* no more input */
    u16 port;                            /* where what nobody else writes goes: echo, /dev/tty; 0: nowhere */
    u32 session, foreground;             /* whose terminal it is; who gets its signals and its input */
    struct wait_queue readable, writable;
};

extern struct tty tty;

/** `terminals`: a bit for each of the three standard streams that is one. */
void tty_init(u32 terminals, u32 rows, u32 columns);
/** Files of the terminal, by device number 5:0, 4:64, 4:65. */
extern const struct file_operations tty_operations;

/* tty_input.c: what the ports tell */
void terminal_input(u8 byte);
/** A byte of a message of the host: 'W', rows, columns (16 bits each, low byte first). */
void terminal_news(u8 byte);
void terminal_hangup(void);
/** A place more, or less, of the ring, from its beginning: for reads. */
u16 tty_take(void);
void tty_flush_input(void);
/** The discipline has changed from lines to bytes, or back. */
void tty_mode_changed(u32 old_local);

/* tty_output.c */
void tty_put(u16 port, u8 byte);
void tty_echo(u8 byte);
void tty_erase_echo(u8 byte, u32 column);

/* tty_job.c */
/** 0 when the caller may read (or, `writing`, write or change) the terminal now; else what the call answers: -EIO, or after a signal -ERESTARTSYS. */
s32 tty_job_check(int writing);
void tty_signal(u32 signal);
s32 tty_get_foreground(u32 to);
s32 tty_set_foreground(u32 from);
s32 tty_get_session(u32 to);
s32 tty_acquire(u32 force);
s32 tty_give_up(void);

/* tty_ioctl.c */
s32 tty_ioctl(struct file *file, u32 request, u32 argument);
