/* x87 and SSE registers of the tasks. */
#pragma once

struct task;

void fpu_init(void);
/** Puts one task's registers away and loads the other's. */
void fpu_switch(struct task *from, struct task *to);
/** Writes the running task's registers to its place in memory too. */
void fpu_store(struct task *task);
/** Loads them from there. */
void fpu_load(const struct task *task);
/** The registers as a new program finds them. */
void fpu_reset(void);
/** Exception flags that are set and not masked. */
unsigned x87_exceptions(void);
unsigned sse_exceptions(void);
/** The processor has FXSAVE: the image is its 512 bytes, else FNSAVE's 108. */
int fpu_has_fxsave(void);
