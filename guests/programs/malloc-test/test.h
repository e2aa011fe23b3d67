/* What the parts of malloc-test share. */
#ifndef TEST_H
#define TEST_H

#include <stdint.h>

#define KIB 1024

/** Prints a TAP line. */
void check(int good, const char *name);

/** `operations` random ones, then frees all that is left. */
void test_stress(uint32_t seed, int operations);

#endif
