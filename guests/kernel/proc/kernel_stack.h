/* Kernel stacks. */
#pragma once
#include "../types.h"

void kernel_stacks_init(void);
/** The top of a fresh stack; 0 when there is no memory, or no place. */
u32 kernel_stack_create(void);
void kernel_stack_free(u32 top);
