/* Exceptions of programs. */
#pragma once

struct trap_frame;

/** Serves a page fault, or sends the signal that the exception becomes. */
void user_exception(struct trap_frame *frame);
