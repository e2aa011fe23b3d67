/* boot/cmdline: one line of key=value words. */
#pragma once
#include "../types.h"

struct cmdline {
    char init[128];
    u32 seed;
    int aslr;
    int log;
    u32 terminals;     /* a bit for each of the three standard streams that is a terminal */
    u32 rows, columns;
    int stdin_is_file; /* /boot/stdin, read from stdin_position on */
    u32 stdin_position;
};

/** Reads boot/cmdline; words that are not there keep the defaults: init=bin/init seed=0 aslr=on log=on
    terminals= (digits of descriptors) rows=24 columns=80 stdin= (where in boot/stdin to begin; without, it is no file). */
void cmdline_read(struct cmdline *to);
