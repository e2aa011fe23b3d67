/* From a file to a running program. */
#pragma once

struct cmdline;

/** Builds the address space of the program `init=` names and enters it, as process 1. A program that cannot be run ends
    the run: 127 not found, 126 not a program we can load. */
void exec_init(const struct cmdline *cmdline) __attribute__((noreturn));
