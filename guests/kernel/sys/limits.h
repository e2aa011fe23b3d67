/* Resource limits. */
#pragma once
#include "../types.h"

enum { RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS };
#define LIMITS 16u
#define LIMIT_NONE 0xffffffffu

/** As process 1 has them. */
void limits_init(u32 limits[LIMITS][2]);
