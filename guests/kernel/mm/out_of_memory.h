/* When there are no free pages. */
#pragma once
#include "../types.h"

/** A page for a program, contents unspecified; 0: the current process is out of memory, and is ending. */
u32 frame_for_program(void);
/** Ends the process with the most pages and frees them. 0: that is the current one, which is on its way out now. */
int make_room(void);
