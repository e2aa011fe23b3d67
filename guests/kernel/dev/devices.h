/* The files that are devices: /dev and /proc. */
#pragma once

void devices_init(void);
