/* /dev, and the three standard descriptors. */
#pragma once
#include "../fs/special.h"

#define MEMORY_DEVICES 7u

struct cmdline;


extern const struct device memory_devices[MEMORY_DEVICES];

/** Drivers by number; then the directory /dev, where the root has one. */
void devices_init(void);
void devices_mount(void);
/** Opens descriptors 0, 1 and 2 of the first process: the terminal where the host has one there, a stream otherwise. */
void devices_open_standard(const struct cmdline *cmdline);
