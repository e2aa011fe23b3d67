/* Standard input, output and error where the host's are no terminal: like the ends of pipes. */
#pragma once

struct dentry;

/** The three, by number: for reading COM1, writing COM1, writing COM2. With a reference; NULL: no memory. */
struct dentry *stream_dentry(unsigned number);
/** Input has come: only where the host does not give it on demand. */
void stream_wake(void);
