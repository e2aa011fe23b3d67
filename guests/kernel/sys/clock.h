/* Time of day. */
#pragma once

void clock_init(void);
