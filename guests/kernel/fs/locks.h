/* Record locks of fcntl(): a process holds ranges of a file, for reading with others or for writing alone. */
#pragma once
#include "file.h"

/** F_GETLK (0), F_SETLK (1), F_SETLKW (2) with the program's struct flock, or flock64. */
s32 lock_call(struct file *file, u32 call, u32 argument, int wide);
enum { LOCK_SHARED, LOCK_EXCLUSIVE, LOCK_NONE };   /* numbered as F_RDLCK, F_WRLCK, F_UNLCK */

/** flock(): the whole file for this open file. 0, -EWOULDBLOCK, or after a signal. */
s32 lock_whole(struct file *file, u32 type, int without_waiting);
/** A process closes a descriptor of the file: its locks on it are gone. */
void locks_drop(struct inode *inode, u32 process);
/** An open file is closed: so is its lock. */
void lock_drop_whole(struct file *file);
