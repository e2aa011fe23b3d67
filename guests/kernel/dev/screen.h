/* The text screen, for log lines. */
#pragma once

#define SCREEN_PHYSICAL 0x000b8000u
#define SCREEN_SIZE     0x00008000u   /* the whole window; 4,000 bytes of it are shown */

void screen_init(void);
void screen_put(char c);
