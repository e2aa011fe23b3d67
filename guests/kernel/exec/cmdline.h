/* boot/cmdline: one line of key=value words. */
#pragma once
#include "../types.h"

struct cmdline {
    char init[128];
    u32 seed;
    int aslr;
    int log;
};

/** Reads boot/cmdline; words that are not there keep the defaults: init=bin/init seed=0 aslr=on log=on. */
void cmdline_read(struct cmdline *to);
